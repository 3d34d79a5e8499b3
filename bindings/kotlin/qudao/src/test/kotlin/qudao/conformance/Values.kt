package qudao.conformance

import qudao.Acknowledgement
import qudao.Actor
import qudao.Basis
import qudao.Command
import qudao.Engine
import qudao.FieldValue
import qudao.KpiRequest
import qudao.PastVisit
import qudao.QueryRequest
import qudao.Rate
import qudao.RecordData
import qudao.RecordRef
import qudao.SortKey
import qudao.SubmitOptions
import qudao.Violation
import qudao.get
import java.math.BigDecimal
import java.time.Instant
import java.time.LocalDate

internal fun value(json: Any?): FieldValue = when (json) {
    null -> FieldValue.Missing
    is Boolean -> FieldValue.Flag(json)
    is Long -> FieldValue.Whole(json)
    is String -> FieldValue.Text(json)
    is List<*> -> FieldValue.Items(json.map(::value))
    is Map<*, *> -> when {
        "amount" in json.keys -> FieldValue.Money(BigDecimal(json["amount"] as String), json["currency"] as String)
        "decimal" in json.keys -> FieldValue.Number(BigDecimal(json["decimal"] as String))
        "date" in json.keys -> FieldValue.Date(LocalDate.parse(json["date"] as String))
        else -> error("$json is no value")
    }
    else -> error("$json is no value")
}

internal fun values(json: Any?): Map<String, FieldValue> =
    if (json == null) emptyMap() else json.node().mapValues { value(it.value) }

internal fun rows(json: List<Any?>): List<Map<String, FieldValue>> = json.map(::values)

internal fun tables(json: Any?): Map<String, List<Map<String, FieldValue>>> =
    if (json == null) emptyMap() else json.node().mapValues { rows(it.value as List<*>) }

internal fun actor(json: Any?): Actor =
    if (json == null) Actor("alice")
    else json.node().let { Actor(it.text("id"), roles = it.texts("roles"), partner = it.optional("partner")) }

internal fun command(json: Node): Command {
    val (target, id) = json.text("object") to json.text("id")
    val set = values(json["set"])
    val version = (json["expected_version"] as Long?)?.toULong()
    return when (val what = json.text("do")) {
        "create" -> Command.Create(target, id, set, json.optional("stage"))
        "update" -> Command.Update(target, id, set, version)
        "advance" -> Command.Advance(target, id, json.text("to"), set, version)
        "convert" -> Command.Convert(
            id,
            json.optional("account"),
            json.optional("contact"),
            json["opportunity"]?.let(::values),
            version,
        )
        "merge" -> Command.Merge(target, id, json.texts("others"), version)
        "unmerge" -> Command.Unmerge(
            target,
            id,
            json.texts("take"),
            json.list("children").map { it.node() }.map { RecordRef(it.text("object"), it.text("id")) },
            version,
        )
        "import_history" -> Command.ImportHistory(
            target,
            id,
            set,
            json.optional("process"),
            json.list("visits").map { it.node() }.map {
                PastVisit(it.text("stage"), Instant.parse(it.text("entered")), null, it.optional("reason"))
            },
        )
        "grant" -> Command.GiveGrant(
            json.text("grant"),
            target,
            id,
            json.text("rule"),
            json.text("reason"),
            json.optional("granted_to"),
            json.optional("expires_at")?.let(Instant::parse),
        )
        else -> error("there is no command $what")
    }
}

internal fun options(json: Node): SubmitOptions = SubmitOptions(
    occurredAt = json.optional("occurred_at")?.let(Instant::parse),
    key = json.optional("key"),
    acknowledge = json.list("acknowledge").map { it.node() }
        .map { Acknowledgement(it.text("rule"), it.texts("records")) },
    asImport = json.optional("operation") == "import",
)

internal fun query(json: Node): QueryRequest {
    val all = QueryRequest(json.text("object"))
    return all.copy(
        filter = json.optional("filter"),
        sort = json.list("sort").map { it.node() }
            .map { SortKey(it.text("field"), descending = it.text("order") == "descending") },
        limit = (json["limit"] as Long?)?.toUInt() ?: all.limit,
        offset = (json["offset"] as Long?)?.toUInt() ?: 0u,
    )
}

internal fun kpiRequest(input: Node): KpiRequest {
    val window = input["window"]?.node() ?: emptyMap()
    fun day(key: String) = window.optional(key)?.takeIf { 'T' !in it }?.let(LocalDate::parse)
    fun instant(key: String) = window.optional(key)?.takeIf { 'T' in it }?.let(Instant::parse)
    return KpiRequest(
        metrics = input.texts("metrics"),
        by = input.texts("by"),
        from = day("from"),
        to = day("to"),
        fromInstant = instant("from"),
        toInstant = instant("to"),
        basis = when (val basis = input.optional("basis")) {
            null -> null
            "cohort" -> Basis.COHORT
            "event" -> Basis.EVENT
            else -> error("there is no basis $basis")
        },
        zone = input.optional("zone"),
        rates = input.list("rates").map { it.node() }.map {
            Rate(it.text("from"), it.text("into"), LocalDate.parse(it.text("date")), BigDecimal(it.text("rate")))
        },
    )
}

internal fun plain(number: BigDecimal?): String? = number?.stripTrailingZeros()?.toPlainString()

internal fun plain(value: FieldValue): Any? = when (value) {
    is FieldValue.Missing -> null
    is FieldValue.Flag -> value.value
    is FieldValue.Whole -> value.value
    is FieldValue.Number -> plain(value.value)
    is FieldValue.Money -> mapOf("amount" to plain(value.amount), "currency" to value.currency)
    is FieldValue.Text -> value.value
    is FieldValue.Date -> value.value.toString()
    is FieldValue.Moment -> value.value.toString()
    is FieldValue.Duration -> value.micros
    is FieldValue.Reference -> value.id
    is FieldValue.Items -> value.items.map(::plain)
}

/** Every field of a record, null where it holds nothing, with id and version. */
internal fun plain(engine: Engine, record: RecordData): Node =
    engine.fieldNames(record.`object`).associateWith { plain(record[it]) } +
        mapOf("id" to record.id, "version" to record.version.toLong())

/** A text in the locale of the call; see [merged]. */
internal const val TEXT = "text"

internal fun plain(violation: Violation): Node = mapOf(
    "rule" to violation.rule,
    "code" to violation.code,
    "severity" to violation.severity.name.lowercase(),
    "fields" to violation.fields.sorted(),
    TEXT to violation.text,
)

internal fun sorted(violations: List<Node>): List<Node> = violations.sortedWith(
    compareBy({ it["row"] as Long? }, { it["rule"] as String }, { it["code"] as String }, { shown(it["fields"]) }),
)

/**
 * The same observation made in English and in Chinese: its texts become `en` and `zh`. All else is that of the first,
 * as ids that a workspace makes differ from run to run.
 */
internal fun merged(en: Any?, zh: Any?): Any? = when {
    en is Map<*, *> && zh is Map<*, *> -> buildMap<Any?, Any?> {
        en.forEach { (key, value) ->
            if (key == TEXT) {
                put("en", value)
                put("zh", zh[key])
            } else {
                put(key, merged(value, zh[key]))
            }
        }
    }
    en is List<*> && zh is List<*> -> {
        check(en.size == zh.size) { "the answer depends on the language: ${shown(en)} and ${shown(zh)}" }
        en.indices.map { merged(en[it], zh[it]) }
    }
    else -> en
}
