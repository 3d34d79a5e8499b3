import Foundation
import Qudao

func instant(_ text: String) throws -> Date {
    let format = ISO8601DateFormatter()
    guard let date = format.date(from: text) else { throw CannotRun("\(text) is no instant") }
    return date
}

func decimal(_ text: String) throws -> Foundation.Decimal {
    guard let value = Decimal(string: text, locale: Locale(identifier: "en_US_POSIX")) else {
        throw CannotRun("\(text) is no decimal")
    }
    return value
}

func day(_ text: String) throws -> CalendarDate {
    guard let date = CalendarDate(text) else { throw CannotRun("\(text) is no date") }
    return date
}

func value(_ json: Json) throws -> FieldValue {
    switch json {
    case .null: return .missing
    case .flag(let flag): return .flag(value: flag)
    case .whole(let whole): return .whole(value: whole)
    case .text(let text): return .text(value: text)
    case .list(let list): return .items(items: try list.map(value))
    case .map:
        if let amount = json["amount"].text {
            return .money(amount: try decimal(amount), currency: try json.text("currency"))
        }
        if let number = json["decimal"].text { return .number(value: try decimal(number)) }
        return .date(value: try day(json.text("date")))
    }
}

func values(_ json: Json) throws -> [String: FieldValue] { try json.map.mapValues(value) }

func rows(_ json: Json) throws -> [[String: FieldValue]] { try json.list.map(values) }

func tables(_ json: Json) throws -> [String: [[String: FieldValue]]] { try json.map.mapValues(rows) }

func actor(_ json: Json) throws -> Actor {
    if json == .null { return Actor(id: "alice") }
    return Actor(id: try json.text("id"), roles: json["roles"].texts, partner: json["partner"].text)
}

func command(_ json: Json) throws -> Command {
    let (object, id) = (try json.text("object"), try json.text("id"))
    let set = try values(json["set"])
    let version = json["expected_version"].whole.map(UInt64.init)
    switch try json.text("do") {
    case "create": return .create(object: object, id: id, fields: set, stage: json["stage"].text)
    case "update": return .update(object: object, id: id, fields: set, expectedVersion: version)
    case "advance":
        return .advance(object: object, id: id, to: try json.text("to"), fields: set, expectedVersion: version)
    case "convert":
        let deal = json["opportunity"]
        return .convert(
            lead: id, account: json["account"].text, contact: json["contact"].text,
            opportunity: deal == .null ? nil : try values(deal), expectedVersion: version)
    case "merge":
        return .merge(object: object, master: id, others: json["others"].texts, expectedVersion: version)
    case "unmerge":
        let children = try json["children"].list.map {
            RecordRef(object: try $0.text("object"), id: try $0.text("id"))
        }
        return .unmerge(
            object: object, id: id, take: json["take"].texts, children: children, expectedVersion: version)
    case "import_history":
        let visits = try json["visits"].list.map {
            PastVisit(
                stage: try $0.text("stage"), entered: try instant($0.text("entered")), left: nil,
                reason: $0["reason"].text)
        }
        return .importHistory(object: object, id: id, fields: set, process: json["process"].text, visits: visits)
    case "grant":
        return .giveGrant(
            grant: try json.text("grant"), object: object, id: id, rule: try json.text("rule"),
            reason: try json.text("reason"), grantedTo: json["granted_to"].text,
            expiresAt: try json["expires_at"].text.map(instant))
    case let what: throw CannotRun("there is no command \(what)")
    }
}

func options(_ json: Json) throws -> SubmitOptions {
    SubmitOptions(
        occurredAt: try json["occurred_at"].text.map(instant),
        key: json["key"].text,
        acknowledge: try json["acknowledge"].list.map {
            Acknowledgement(rule: try $0.text("rule"), records: $0["records"].texts)
        },
        asImport: json["operation"] == "import")
}

func query(_ json: Json) throws -> QueryRequest {
    var query = QueryRequest(object: try json.text("object"), filter: json["filter"].text)
    query.sort = try json["sort"].list.map {
        SortKey(field: try $0.text("field"), descending: $0["order"] == "descending")
    }
    if let limit = json["limit"].whole { query.limit = UInt32(limit) }
    if let offset = json["offset"].whole { query.offset = UInt32(offset) }
    return query
}

func kpiRequest(_ input: Json) throws -> KpiRequest {
    var request = KpiRequest(metrics: input["metrics"].texts, by: input["by"].texts, zone: input["zone"].text)
    if let from = input["window"]["from"].text {
        if from.contains("T") { request.fromInstant = try instant(from) } else { request.from = try day(from) }
    }
    if let to = input["window"]["to"].text {
        if to.contains("T") { request.toInstant = try instant(to) } else { request.to = try day(to) }
    }
    switch input["basis"].text {
    case nil: break
    case "cohort": request.basis = .cohort
    case "event": request.basis = .event
    case let basis?: throw CannotRun("there is no basis \(basis)")
    }
    request.rates = try input["rates"].list.map {
        Rate(from: try $0.text("from"), into: try $0.text("into"), on: try day($0.text("date")),
            rate: try decimal($0.text("rate")))
    }
    return request
}

func plain(_ number: Foundation.Decimal?) -> Json { Json(number.map(Wire.text)) }

func plain(_ frequency: Frequency) -> Json {
    func rows(_ count: UInt32?) -> Json { count.map { .whole(Int64($0)) } ?? .null }
    return ["of": .text(frequency.of), "at_most": rows(frequency.atMost), "more_than": rows(frequency.moreThan)]
}

func plain(_ value: FieldValue) -> Json {
    switch value {
    case .missing: return .null
    case .flag(let flag): return .flag(flag)
    case .whole(let whole): return .whole(whole)
    case .number(let number): return plain(number)
    case .money(let amount, let currency): return ["amount": plain(amount), "currency": .text(currency)]
    case .text(let text): return .text(text)
    case .date(let date): return .text(date.description)
    case .moment(let date): return .text(ISO8601DateFormatter().string(from: date))
    case .duration(let micros): return .whole(micros)
    case .reference(let id): return .text(id)
    case .items(let items): return .list(items.map(plain))
    }
}

/// Every field of a record, null where it holds nothing, with id and version.
func plain(_ engine: Engine, _ record: RecordData) throws -> Json {
    var out: [String: Json] = [:]
    for field in try engine.fieldNames(object: record.object) { out[field] = plain(record[field]) }
    out["id"] = .text(record.id)
    out["version"] = .whole(Int64(record.version))
    return .map(out)
}

func plain(_ violation: Violation, row: UInt64? = nil) -> Json {
    let severity: String
    switch violation.severity {
    case .info: severity = "info"
    case .warning: severity = "warning"
    case .error: severity = "error"
    }
    var out: [String: Json] = [
        "rule": .text(violation.rule), "code": .text(violation.code), "severity": .text(severity),
        "fields": Json(texts: violation.fields.sorted()), textKey: .text(violation.text),
    ]
    if let row { out["row"] = .whole(Int64(row)) }
    return .map(out)
}

func sorted(_ violations: [Json]) -> Json {
    func place(_ json: Json) -> (Int64, String, String, String) {
        (json["row"].whole ?? 0, json["rule"].text ?? "", json["code"].text ?? "", json["fields"].description)
    }
    return .list(violations.sorted { place($0) < place($1) })
}
