import Foundation
import QudaoCore

extension Session {
    /// Decides a command and commits what it changes. A refusal is a decision.
    public func submit(_ command: Command, now: Date = Date(), options: SubmitOptions = SubmitOptions()) throws
        -> Decision
    {
        try submit(command: command, now: now, options: options)
    }

    /// Decides a command without carrying it out.
    public func check(_ command: Command, now: Date = Date(), options: SubmitOptions = SubmitOptions()) throws
        -> Decision
    {
        try check(command: command, now: now, options: options)
    }

    /// The steps that an opportunity may take next, with exactly what is missing for each.
    public func nextSteps(opportunity id: String, now: Date = Date()) throws -> [NextStep] {
        try nextSteps(object: "opportunity", id: id, now: now)
    }

    /// Records by condition, in order, page by page.
    public func query(_ request: QueryRequest, now: Date = Date()) throws -> Page {
        try query(request: request, now: now)
    }

    /// KPIs over the records that the actor may see.
    public func kpis(_ request: KpiRequest, now: Date = Date()) throws -> [KpiValue] {
        try kpis(request: request, now: now)
    }

    /// Stored records that may be the same as a draft.
    public func findDuplicates(of draft: [String: FieldValue], object: String) throws -> [Duplicate] {
        try findDuplicates(object: object, id: nil, fields: draft)
    }
}

extension Command {
    /// Makes a record. On an object with processes it begins in the first stage unless one is named.
    public static func create(
        _ object: String, _ fields: [String: FieldValue], id: String? = nil, stage: String? = nil
    ) -> Command {
        .create(object: object, id: id, fields: fields, stage: stage)
    }

    /// Changes fields of a record; a missing value empties the field.
    public static func update(
        _ object: String, _ id: String, _ fields: [String: FieldValue], expectedVersion: UInt64? = nil
    ) -> Command {
        .update(object: object, id: id, fields: fields, expectedVersion: expectedVersion)
    }

    /// Moves a record to another stage, and may change fields with it.
    public static func advance(
        _ object: String, _ id: String, to stage: String, _ fields: [String: FieldValue] = [:],
        expectedVersion: UInt64? = nil
    ) -> Command {
        .advance(object: object, id: id, to: stage, fields: fields, expectedVersion: expectedVersion)
    }

    /// Makes one record of several: the master's id stays, and the ids of the others answer with it from then on.
    public static func merge(
        _ object: String, _ master: String, _ others: [String], expectedVersion: UInt64? = nil
    ) -> Command {
        .merge(object: object, master: master, others: others, expectedVersion: expectedVersion)
    }

    /// Takes a merged record out of the one that it was merged into: both are as they were before, and so are their
    /// children. Fields changed since stay with the surviving record, unless they are named in `take`.
    public static func unmerge(
        _ object: String, _ id: String, take: [String] = [], children: [RecordRef] = [],
        expectedVersion: UInt64? = nil
    ) -> Command {
        .unmerge(object: object, id: id, take: take, children: children, expectedVersion: expectedVersion)
    }
}

extension Engine {
    /// Validates rows: every rule on every row, and uniqueness within the table.
    public func validate(
        _ object: String, _ rows: [[String: FieldValue]], related: [String: [[String: FieldValue]]] = [:],
        now: Date? = nil, locale: String = "en"
    ) throws -> ValidationReport {
        try validate(object: object, rows: rows, related: related, now: now, locale: locale)
    }

    /// Finds duplicates in a table, at the threshold of its matching rule where none is given. With `previous`, clusters keep the ids
    /// that they had: see `DedupeReport.stable`. The listener hears how far the search is, on this thread, and may end it.
    public func dedupe(
        _ object: String, _ rows: [[String: FieldValue]], threshold: Foundation.Decimal? = nil, previous: ClusterIds? = nil,
        threads: UInt32? = nil, listener: ProgressListener? = nil, locale: String? = nil
    ) throws -> DedupeReport {
        try dedupe(
            object: object, rows: rows, threshold: threshold, previous: previous, threads: threads, listener: listener,
            locale: locale)
    }

    /// Finds rows of one table in another; with `oneToOne` each row of either is in at most one pair.
    public func link(
        _ object: String, _ left: [[String: FieldValue]], _ right: [[String: FieldValue]], threshold: Foundation.Decimal? = nil,
        oneToOne: Bool = false, threads: UInt32? = nil, listener: ProgressListener? = nil, locale: String? = nil
    ) throws -> LinkReport {
        try link(
            object: object, left: left, right: right, threshold: threshold, oneToOne: oneToOne, threads: threads,
            listener: listener, locale: locale)
    }

    /// Makes one record of each cluster, with the lineage of each value.
    public func golden(
        _ object: String, _ rows: [[String: FieldValue]], clusters: [UInt32], locale: String? = nil
    ) throws -> [GoldenRecord] {
        try golden(object: object, rows: rows, clusters: clusters, locale: locale)
    }

    /// Learns the weights of a matching rule from a table, and from labels of some of its pairs: see `withModel`.
    public func train(
        _ object: String, _ rows: [[String: FieldValue]], labels: [PairLabel] = [], threads: UInt32? = nil,
        listener: ProgressListener? = nil, locale: String? = nil
    ) throws -> String {
        try train(object: object, rows: rows, labels: labels, threads: threads, listener: listener, locale: locale)
    }
}
