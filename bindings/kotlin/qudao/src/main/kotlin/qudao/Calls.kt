package qudao

import java.time.Instant

/** Decides a command and commits what it changes. A refusal is a decision. */
public fun Session.submit(command: Command, now: Instant): Decision = submit(command, now, SubmitOptions())

/** Decides a command without carrying it out. */
public fun Session.check(command: Command, now: Instant): Decision = check(command, now, SubmitOptions())

/** The steps that an opportunity may take next, with exactly what is missing for each. */
public fun Session.nextSteps(opportunityId: String, now: Instant): List<NextStep> =
    nextSteps("opportunity", opportunityId, now)

/** Stored records that may be the same as a draft. */
public fun Session.findDuplicates(`object`: String, draft: Map<String, FieldValue>): List<Duplicate> =
    findDuplicates(`object`, null, draft)

/** Makes a record. On an object with processes it begins in the first stage unless one is named. */
public fun create(
    `object`: String,
    fields: Map<String, FieldValue>,
    id: String? = null,
    stage: String? = null,
): Command = Command.Create(`object`, id, fields, stage)

/** Changes fields of a record; a missing value empties the field. */
public fun update(
    `object`: String,
    id: String,
    fields: Map<String, FieldValue>,
    expectedVersion: ULong? = null,
): Command = Command.Update(`object`, id, fields, expectedVersion)

/** Moves a record to another stage, and may change fields with it. */
public fun advance(
    `object`: String,
    id: String,
    to: String,
    fields: Map<String, FieldValue> = emptyMap(),
    expectedVersion: ULong? = null,
): Command = Command.Advance(`object`, id, to, fields, expectedVersion)

/** Makes one record of several: the master's id stays, and the ids of the others answer with it from then on. */
public fun merge(
    `object`: String,
    master: String,
    others: List<String>,
    expectedVersion: ULong? = null,
): Command = Command.Merge(`object`, master, others, expectedVersion)

/**
 * Takes a merged record out of the one that it was merged into: both are as they were before, and so are their children.
 * Fields changed since stay with the surviving record, unless they are named in [take].
 */
public fun unmerge(
    `object`: String,
    id: String,
    take: List<String> = emptyList(),
    children: List<RecordRef> = emptyList(),
    expectedVersion: ULong? = null,
): Command = Command.Unmerge(`object`, id, take, children, expectedVersion)

/** Validates rows: every rule on every row, and uniqueness within the table. */
public fun Engine.validate(
    `object`: String,
    rows: List<Map<String, FieldValue>>,
    locale: String = "en",
): ValidationReport = validate(`object`, rows, emptyMap(), null, locale)
