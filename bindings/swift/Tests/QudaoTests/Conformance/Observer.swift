import Foundation
import Qudao

/// Everything that the API answers to a case, in the form of its expectation.
func observe(_ suite: Suite, _ one: Case) throws -> Json {
    try merged(
        Observer(suite: suite, one: one, locale: "en").observe(),
        Observer(suite: suite, one: one, locale: "zh-CN").observe())
}

/// Objects in an order in which each comes after those it points to.
private let loaded = ["partner", "account", "campaign", "lead", "opportunity", "activity"]

private struct Observer {
    let suite: Suite
    let one: Case
    let locale: String

    var input: Json { one.input }

    func now() throws -> Date? { try input["now"].text.map(instant) }

    func required() throws -> Date {
        guard let now = try now() else { throw CannotRun("no now") }
        return now
    }

    func engine() throws -> Engine { try suite.engine(one) }

    func observe() throws -> Json {
        switch one.kind {
        case "validate": return try validated()
        case "normalise":
            let create: Json = ["do": "create", "object": input["object"], "id": "new", "set": input["set"]]
            return try submitted(create)
        case "gate": return try submitted(input["step"])
        case "next_steps": return try nextSteps(session(prepared(), input["as"]))
        case "query":
            let page = try session(prepared(), input["as"]).query(query(input["query"]), now: required())
            let engine = try engine()
            let rows = try page.records.map { try plain(engine, $0) }
            return ["total": .whole(Int64(page.total)), "rows": .list(rows)]
        case "match": return try matched()
        case "dedupe": return try found()
        case "link": return try linked()
        case "kpi": return try measured()
        case "error": return try failed()
        default: throw CannotRun("there is no kind \(one.kind)")
        }
    }

    func validated() throws -> Json {
        let report = try engine().validate(
            object: input.text("object"), rows: rows(input["rows"]), related: tables(input["related"]), now: now(),
            locale: locale)
        return [
            "ok": .flag(report.ok), "violations": sorted(report.violations.map { plain($0.violation, row: $0.row) }),
        ]
    }

    func prepared() throws -> Workspace {
        let workspace = try Workspace.inMemory(engine: engine())
        for json in input["setup"].list { try carriedOut(workspace, json) }
        return workspace
    }

    func carriedOut(_ workspace: Workspace, _ json: Json) throws {
        let decision: Decision
        do {
            decision = try submit(workspace, json)
        } catch let error as QudaoError {
            throw CannotRun("setup: \(error.code): \(json)")
        }
        guard decision.isAllowed else {
            throw CannotRun("setup: \(json) was refused by \(decision.findings.map { ($0.rule, $0.code) })")
        }
    }

    func session(_ workspace: Workspace, _ who: Json) throws -> Session {
        try workspace.session(actor: actor(who), locale: locale)
    }

    func submit(_ workspace: Workspace, _ json: Json) throws -> Decision {
        let at = try json["now"].text.map(instant) ?? required()
        return try session(workspace, json["as"]).submit(command(json), now: at, options: options(json))
    }

    func submitted(_ json: Json) throws -> Json {
        let workspace = try prepared()
        let decision = try submit(workspace, json)
        let (object, id) = (try json.text("object"), try json.text("id"))
        let session = try session(workspace, json["as"])
        var record: RecordData?
        do {
            record = try session.get(object: object, id: id)
        } catch QudaoError.NotFound {
            record = nil
        }
        let visits = record == nil ? [] : try session.visits(object: object, id: id)
        let engine = try engine()
        return [
            "allowed": .flag(decision.isAllowed),
            "violations": sorted(decision.findings.map { plain($0) }),
            "duplicates": .list(
                decision.possibleDuplicates.map {
                    [
                        "rule": .text($0.rule), "record": Json($0.record), "action": .text($0.action),
                        "disclosure": Json($0.disclosure),
                    ]
                }),
            "replayed": .flag(decision.isReplayed),
            "values": try record.map { try plain(engine, $0) } ?? .null,
            "version": record.map { .whole(Int64($0.version)) } ?? .null,
            "visits": .list(
                visits.map { ["stage": .text($0.stage), "class": .text($0.outcome), "reason": Json($0.reason)] }),
        ]
    }

    func nextSteps(_ session: Session) throws -> Json {
        let found = try session.nextSteps(object: input.text("object"), id: input.text("id"), now: required())
        let steps: [Json] = found.map { step in
            [
                "stage": .text(step.stage), "class": .text(step.outcome), "direction": .text(step.direction),
                "allowed": .flag(step.allowed),
                "missing": Json(texts: step.missing.map(\.rule).sorted()),
                "advised": Json(texts: step.advised.map(\.rule).sorted()),
            ]
        }
        return ["steps": .list(steps)]
    }

    /// Over a table of the two rows, and in a workspace that holds the left one: both must agree.
    func matched() throws -> Json {
        let object = try input.text("object")
        let (left, right) = (try values(input["left"]), try values(input["right"]))
        let engine = try withModel()
        let table = try engine.dedupe(object, [left, right])
        let together = table.clusters.first == table.clusters.last
        let listed = table.pairs.contains { $0.probability >= table.threshold }
        let workspace = try Workspace.inMemory(engine: engine)
        try carriedOut(
            workspace,
            [
                "do": "create", "object": .text(object), "id": "left", "set": input["left"],
                "now": "2026-03-02T02:00:00Z",
            ])
        let stored = try session(workspace, .null).findDuplicates(of: right, object: object)
            .contains { found in found.probability.map { $0 >= table.threshold } ?? false }
        guard together == listed, together == stored else {
            throw CannotRun(
                "a cluster of the table: \(together); a pair of the table: \(listed); found in a workspace: \(stored)")
        }
        let pair = try engine.explainPair(object: object, left: left, right: right)
        func byField(_ of: (FieldEvidence) -> Json) -> Json {
            .map(Dictionary(pair.evidence.map { ($0.field, of($0)) }) { _, last in last })
        }
        return [
            "match": .flag(together), "veto": Json(pair.veto), "related": .flag(pair.related),
            "levels": byField { .text($0.level) }, "probability": plain(pair.probability),
            "weights": byField { plain($0.weight) }, "frequencies": byField { $0.frequency.map(plain) ?? .null },
        ]
    }

    func deduped() throws -> DedupeReport {
        var previous: ClusterIds?
        if input["previous"] != .null {
            let json = input["previous"]
            let records = try json["records"].map.keys.map { ($0, try json["records"].text($0)) }
            previous = ClusterIds(
                records: Dictionary(records) { _, last in last }, retired: json["retired"].texts)
        }
        return try engine().dedupe(input.text("object"), rows(input["rows"]), previous: previous)
    }

    func found() throws -> Json {
        let report = try deduped()
        let engine = try engine()
        let golden = try engine.golden(input.text("object"), rows(input["rows"]), clusters: report.clusters)
        var out: [String: Json] = [
            "clusters": .list(report.clusters.map { .whole(Int64($0)) }),
            "golden": .list(try golden.map { try plain(engine, $0) }),
        ]
        if let stable = report.stable {
            // As a program keeps them from one run to the next.
            let next = try ClusterIds(json: stable.ids.json())
            out["ids"] = Json(texts: stable.byRow)
            out["next"] = ["records": .map(next.records.mapValues(Json.text)), "retired": Json(texts: next.retired)]
            out["changes"] = .list(
                stable.changes.map {
                    [
                        "cluster": .text($0.clusterId), "previous": Json($0.previousId), "rows": .whole(Int64($0.rows)),
                        "change": .text("\($0.change)"),
                    ]
                })
        }
        return .map(out)
    }

    func linked() throws -> Json {
        let report = try engine().link(
            input.text("object"), rows(input["left"]), rows(input["right"]),
            oneToOne: input["one_to_one"] == .flag(true))
        func shown(_ pairs: [MatchedPair]) -> Json {
            .list(pairs.map { ["left": .whole(Int64($0.left)), "right": .whole(Int64($0.right))] })
        }
        return ["pairs": shown(report.pairs), "related": shown(report.related)]
    }

    /// The engine with the weights that the case gives, or learns from a table.
    func withModel() throws -> Engine {
        let engine = try engine()
        if let model = input["model"].text { return try engine.withModel(model: model) }
        if input["learn"] == .null { return engine }
        let model = try engine.train(object: input.text("object"), rows: rows(input["learn"]), labels: [])
        return try engine.withModel(model: model)
    }

    /// Over tables, and in a workspace into which they were brought: both must agree.
    func measured() throws -> Json {
        let overTables = Json.list(try self.overTables().map(plain))
        if input["tables_only"] != .flag(true) {
            let values = try session(workspaceOfTables(), .null).kpis(kpiRequest(input), now: required())
            let differences = judge(overTables, .list(values.map(plain)))
            if !differences.isEmpty {
                throw CannotRun("over tables and in a workspace differ\n" + differences.joined(separator: "\n"))
            }
        }
        return ["rows": overTables]
    }

    func overTables() throws -> [KpiValue] {
        let visits = try input["visits"].list.map {
            VisitRow(
                record: try $0.text("record"), stage: try $0.text("stage"), entered: try instant($0.text("entered")),
                reason: $0["reason"].text)
        }
        return try engine().kpis(
            data: tables(input["data"]), visits: ["opportunity": visits], request: kpiRequest(input), now: required(),
            locale: locale)
    }

    func workspaceOfTables() throws -> Workspace {
        let workspace = try Workspace.inMemory(engine: engine())
        if let object = input["data"].map.keys.first(where: { !loaded.contains($0) }) {
            throw CannotRun("it is not said when \(object) is to be loaded")
        }
        for object in loaded {
            for row in input["data"][object].list {
                var set = row.map
                let id = set.removeValue(forKey: "id") ?? .null
                var json: [String: Json] = [
                    "do": "create", "object": .text(object), "id": id, "set": .map(set), "operation": "import",
                ]
                if object == "opportunity" {
                    json["do"] = "import_history"
                    json["process"] = "sale"
                    json["visits"] = .list(input["visits"].list.filter { $0["record"] == id })
                }
                try carriedOut(workspace, .map(json))
            }
        }
        return workspace
    }

    func failed() throws -> Json {
        do {
            try call()
            return ["code": .null, "suggestion": .null, "lints": []]
        } catch let error as QudaoError {
            let lints = error.lints.filter { $0.severity == .error }
                .sorted { ($0.line ?? 0, $0.path, $0.code) < ($1.line ?? 0, $1.path, $1.code) }
            return [
                "code": .text(error.code), "suggestion": Json(error.suggestion), textKey: .text(error.detail),
                "lints": .list(
                    lints.map {
                        [
                            "code": .text($0.code), "line": $0.line.map { .whole(Int64($0)) } ?? .null,
                            "path": .text($0.path), "suggestion": Json($0.suggestion), textKey: .text($0.text),
                        ]
                    }),
            ]
        }
    }

    func call() throws {
        switch try input.text("call") {
        case "from_yaml": _ = try Engine.fromYaml(text: input.text("yaml"))
        case "validate": _ = try validated()
        case "dedupe": _ = try deduped()
        case "kpis": _ = try overTables()
        case "get":
            _ = try session(prepared(), input["as"]).get(object: input.text("object"), id: input.text("id"))
        case "next_steps": _ = try nextSteps(session(prepared(), input["as"]))
        case "submit": _ = try submit(prepared(), input["command"])
        case "query": _ = try session(prepared(), input["as"]).query(query(input["query"]), now: required())
        case "session_kpis": _ = try session(prepared(), input["as"]).kpis(kpiRequest(input), now: required())
        case "export_log": _ = try session(prepared(), input["as"]).exportLog(after: 0, limit: 100)
        case "session_of": _ = try prepared().sessionOf(user: input.text("user"), locale: locale)
        case let name: throw CannotRun("there is no call \(name)")
        }
    }
}

private func plain(_ engine: Engine, _ golden: GoldenRecord) throws -> Json {
    // Values of a lineage stand as text: not every language tells their type.
    func told(_ value: FieldValue) -> Json {
        switch plain(value) {
        case .null: .null
        case .text(let text): .text(text)
        case let other: .text(other.description)
        }
    }
    let cells = golden.cells.map { cell in
        (
            cell.field,
            [
                "row": .whole(Int64(cell.row)), "value": told(cell.value), "rule": .text(cell.rule),
                "lost": .list(cell.lost.map { ["row": .whole(Int64($0.row)), "value": told($0.value)] }),
            ] as Json
        )
    }
    return [
        "rows": .whole(Int64(golden.rows.count)), "master": .whole(Int64(golden.master)),
        "traced": Json(texts: golden.cells.map(\.field).sorted()),
        "values": try plain(engine, golden.record), "cells": .map(Dictionary(cells) { _, last in last }),
    ]
}

private func plain(_ row: KpiValue) -> Json {
    let basis: String
    switch row.basis {
    case .cohort: basis = "cohort"
    case .event: basis = "event"
    case .asOf: basis = "as_of"
    }
    let group = row.group.map { ($0.key, plain($0.value)) }
    return [
        "metric": .text(row.metric), "part": Json(row.part), "group": .map(Dictionary(group) { _, last in last }),
        "value": plain(row.value), "undefined": Json(row.undefined?.reason), "unit": .text(row.unit),
        "currency": Json(row.currency), "n": .whole(Int64(row.n)),
        "numerator": plain(row.numerator), "denominator": plain(row.denominator),
        "excluded": .list(row.excluded.map { ["reason": .text($0.reason), "count": .whole(Int64($0.count))] }),
        "censored": .whole(Int64(row.censored)), "reopened": .whole(Int64(row.reopened)),
        "small_sample": .flag(row.smallSample), "partial_window": .flag(row.partialWindow),
        "basis": .text(basis), "numerator_ids": Json(texts: row.numeratorIds),
        "denominator_ids": Json(texts: row.denominatorIds),
    ]
}
