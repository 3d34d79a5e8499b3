import Foundation
import Qudao
import XCTest

final class StoryTests: XCTestCase {
    private let t0 = Date(timeIntervalSince1970: 1_767_225_600)  // 2026-01-01T00:00:00Z
    private var t1: Date { t0.addingTimeInterval(86_400) }
    private var t2: Date { t1.addingTimeInterval(86_400) }
    private let boss = Actor(id: "boss", roles: ["channel_manager"])

    private func engine() throws -> Engine {
        try Engine.fromYaml(text: XCTUnwrap(starterBlueprints()["project-sale"]))
    }

    private func memory() throws -> Workspace { try Workspace.inMemory(engine: engine()) }

    @discardableResult
    private func carriedOut(_ session: Session, _ command: Command, _ now: Date, line: UInt = #line) throws -> Decision {
        let decision = try session.submit(command, now: now)
        XCTAssertTrue(decision.isAllowed, decision.findings.map(\.advice).joined(separator: "; "), line: line)
        return decision
    }

    private func people(_ session: Session) throws {
        try carriedOut(
            session, .create("account", ["name": "深圳市华强电子有限公司", "phone": "0755-83216789"], id: "a1"), t0)
        try carriedOut(
            session, .create("contact", ["name": "王伟", "account": "a1", "phone": "13800138000"], id: "c1"), t0)
        try carriedOut(session, .create("opportunity", ["name": "一期", "account": "a1"], id: "o1"), t0)
    }

    func testAMergeIsTakenBackWithItsChildren() throws {
        let workspace = try memory()
        let session = try workspace.session(actor: boss, locale: "en")
        try people(session)
        try carriedOut(session, .create("account", ["name": "Zebra Trading", "city": "Shenzhen"], id: "a2"), t0)
        try carriedOut(
            session, .create("contact", ["name": "李娜", "account": "a2", "phone": "13900139000"], id: "c2"), t0)
        let nothing = try session.submit(.merge("account", "a1", []), now: t1)
        XCTAssertEqual(nothing.findings.map(\.code), ["merge.nothing"])
        try carriedOut(session, .merge("account", "a1", ["a2"]), t1)
        XCTAssertEqual(try session.get(object: "account", id: "a2").id, "a1")
        XCTAssertEqual(try session.get(object: "contact", id: "c2").fields["account"], .reference(id: "a1"))
        let lineage = try session.lineage(object: "account", id: "a2")
        XCTAssertEqual(lineage.record, "a1")
        XCTAssertEqual(lineage.merged, ["a2"])
        let city = try XCTUnwrap(lineage.cells.first { $0.field == "city" })
        XCTAssertEqual(city.from, "a2")
        XCTAssertEqual(city.rule, "master")
        try carriedOut(session, .update("account", "a2", ["industry": "steel"]), t1)
        try carriedOut(session, .unmerge("account", "a2", take: ["industry"]), t2)
        let restored = try session.get(object: "account", id: "a2")
        XCTAssertEqual(restored.fields["name"], "Zebra Trading")
        XCTAssertEqual(restored.fields["industry"], "steel")
        XCTAssertNil(try session.get(object: "account", id: "a1").fields["city"])
        XCTAssertEqual(try session.get(object: "contact", id: "c2").fields["account"], .reference(id: "a2"))
        XCTAssertTrue(try workspace.verify())
    }

    func testADealMovesOnlyThroughItsGates() throws {
        let workspace = try memory()
        let session = try workspace.session(actor: boss, locale: "zh-CN")
        try people(session)
        try carriedOut(session, .advance("opportunity", "o1", to: "qualified"), t1)

        let refused = try session.submit(.advance("opportunity", "o1", to: "proposal"), now: t2)
        XCTAssertFalse(refused.isAllowed)
        XCTAssertEqual(refused.findings.map(\.text), ["预算未确认", "商机缺少联系人"])
        XCTAssertEqual(refused.findings.first?.advice, "预算未确认 (请填写预计金额)")
        XCTAssertTrue(refused.findings.allSatisfy(\.blocks))
        XCTAssertNil(refused.record)
        let english = try workspace.session(actor: boss, locale: "en")
        XCTAssertEqual(
            try english.check(.advance("opportunity", "o1", to: "proposal"), now: t2).findings.map(\.text),
            ["budget not known", "no contact on the deal"])
        let steps = try session.nextSteps(opportunity: "o1", now: t2)
        let proposal = try XCTUnwrap(steps.first { $0.stage == "proposal" })
        XCTAssertFalse(proposal.allowed)
        XCTAssertEqual(proposal.label, "方案")
        XCTAssertEqual(proposal.direction, "forward")
        XCTAssertEqual(proposal.missing.map(\.text), ["预算未确认", "商机缺少联系人"])

        try carriedOut(
            session, .create("contact_role", ["opportunity": "o1", "contact": "c1", "role": "decider"]), t2)
        let exact = try XCTUnwrap(Decimal(string: "1234567.89"))
        let amount = FieldValue.money(amount: exact, currency: "CNY")
        try carriedOut(session, .advance("opportunity", "o1", to: "proposal", ["amount": amount]), t2)
        let day = try XCTUnwrap(CalendarDate("2026-02-28"))
        let signed: [String: FieldValue] = ["bid_date": FieldValue(day), "budget_confirmed": true]
        try carriedOut(session, .advance("opportunity", "o1", to: "won", signed), t2)

        let deal = try session.get(object: "opportunity", id: "o1")
        XCTAssertEqual(deal["amount"], amount)
        XCTAssertEqual(deal["bid_date"], .date(value: day))
        XCTAssertEqual(deal["budget_confirmed"], true)
        XCTAssertEqual(deal["closed_at"], .moment(value: t2))
        XCTAssertEqual(deal["competitor"], nil as FieldValue)
        XCTAssertEqual(deal["outcome"].text, "won")
        XCTAssertEqual(
            try session.visits(object: "opportunity", id: "o1").map(\.stage), ["lead_in", "qualified", "proposal", "won"])
        let history = try session.history(object: "opportunity", id: "o1")
        XCTAssertEqual(history.map(\.allowed), [true, true, false, true, true])
        XCTAssertEqual(history.first?.occurredAt, t0)

        let rates = try session.kpis(KpiRequest(metrics: ["win_rate"]), now: t2).filter { $0.group.isEmpty }
        XCTAssertEqual(rates.map(\.value), [1])
        XCTAssertEqual(rates.first?.numeratorIds, ["o1"])
        XCTAssertTrue(try workspace.verify())
    }

    func testARefusedRecordIsToldInTheLanguageOfTheSession() throws {
        let workspace = try memory()
        try people(workspace.session(actor: boss, locale: "en"))
        let texts = ["zh-CN": "请填写电话或邮箱", "en": "give a phone number or an e-mail address"]
        for (locale, text) in texts {
            let session = try workspace.session(actor: boss, locale: locale)
            switch try session.submit(.create("contact", ["name": "李娜", "account": "a1"]), now: t0) {
            case .blocked(let violations, _, _): XCTAssertEqual(violations.map(\.text), [text])
            case .allowed: XCTFail("not refused")
            }
        }
    }

    func testQueriesGivePagesInOrder() throws {
        let session = try memory().session(actor: boss, locale: "en")
        for (id, city) in [("a1", "深圳"), ("a2", "上海"), ("a3", "深圳")] {
            try carriedOut(session, .create("account", ["name": FieldValue("Company \(id)"), "city": FieldValue(city)], id: id), t0)
        }
        var request = QueryRequest(
            object: "account", filter: "city == '深圳'", sort: [SortKey(field: "name", descending: true)], limit: 1)
        let page = try session.query(request, now: t1)
        XCTAssertEqual(page.total, 2)
        XCTAssertEqual(page.records.map(\.id), ["a3"])
        request.offset = 1
        XCTAssertEqual(try session.query(request, now: t1).records.map(\.id), ["a1"])
        XCTAssertThrowsError(try session.query(QueryRequest(object: "acount"), now: t1)) { error in
            XCTAssertEqual((error as? QudaoError)?.code, "object.unknown")
            XCTAssertEqual((error as? QudaoError)?.suggestion, "account")
        }
    }

    func testDuplicatesAreFoundBeforeAndOnSaving() throws {
        let session = try memory().session(actor: boss, locale: "en")
        try people(session)
        let twin: [String: FieldValue] = ["name": "深圳华强电子有限公司", "phone": "0755 8321 6789"]
        let found = try session.findDuplicates(of: twin, object: "account")
        XCTAssertEqual(found.map(\.record), ["a1"])
        XCTAssertTrue(found.contains { $0.evidence.contains { $0.field == "phone" && $0.level == "exact" } })
        let refused = try session.submit(.create("account", twin, id: "a2"), now: t1)
        XCTAssertEqual(refused.findings.map(\.code), ["duplicate.block"])
        XCTAssertEqual(refused.possibleDuplicates.map(\.record), ["a1"])
        let asImport = SubmitOptions(key: "row-1", asImport: true)
        XCTAssertTrue(try session.submit(.create("account", twin, id: "a2"), now: t1, options: asImport).isAllowed)
        XCTAssertTrue(try session.submit(.create("account", twin, id: "a2"), now: t2, options: asImport).isReplayed)
    }

    func testClustersKeepTheirIdsAndGoldenRecordsTellWhereEachValueCameFrom() throws {
        let engine = try engine()
        let acme: [String: FieldValue] = ["id": "k7", "name": "Acme Ltd", "phone": "0755-28780808"]
        let twin: [String: FieldValue] = [
            "id": "k3", "name": "ACME Limited", "phone": "+86 755 2878 0808", "employees": 40,
        ]
        let zebra: [String: FieldValue] = ["id": "k9", "name": "Zebra Trading", "phone": "010-55500001"]
        let first = try engine.dedupe("account", [acme, zebra, twin], previous: ClusterIds())
        XCTAssertEqual(first.groups, [[0, 2]])
        let stable = try XCTUnwrap(first.stable)
        XCTAssertEqual(stable.byRow, ["k3", "k9", "k3"])
        XCTAssertNil(try engine.dedupe("account", [acme, twin]).stable)

        let kept = try ClusterIds(json: stable.ids.json())
        XCTAssertEqual(kept.records, ["k3": "k3", "k7": "k3", "k9": "k9"])
        let later = try engine.dedupe("account", [zebra, acme], previous: kept)
        XCTAssertEqual(later.stable?.byRow, ["k9", "k3"])
        XCTAssertEqual(
            later.stable?.changes,
            ["k3", "k9"].map { ClusterShare(clusterId: $0, previousId: $0, rows: 1, change: .kept) })
        var nameless = twin
        nameless["id"] = nil
        XCTAssertThrowsError(try engine.dedupe("account", [acme, nameless], previous: kept)) { error in
            XCTAssertEqual((error as? QudaoError)?.code, "matching.no_id")
        }
        XCTAssertThrowsError(try ClusterIds(json: "{\"rows\": 1}")) { error in
            XCTAssertEqual((error as? QudaoError)?.code, "matching.bad_previous")
        }
        XCTAssertThrowsError(try ClusterIds(records: ["k1": ""]).json())

        let golden = try engine.golden("account", [acme, zebra, twin], clusters: first.clusters)
        XCTAssertEqual(golden.map(\.rows), [[0, 2], [1]])
        let one = try XCTUnwrap(golden.first)
        XCTAssertEqual(one.record.id, "k3")
        XCTAssertEqual(one.record["employees"], 40)
        let name = try XCTUnwrap(one.cells.first { $0.field == "name" })
        XCTAssertEqual(name.rule, "master")
        XCTAssertEqual(name.row, one.master)
        XCTAssertEqual(name.lost, [LostCell(row: 0, value: "Acme Ltd")])
        XCTAssertEqual(golden.last?.cells, [])
    }

    func testALinkOfTwoTablesMayBeOneToOne() throws {
        let engine = try engine()
        func account(_ id: String, _ phone: String) -> [String: FieldValue] {
            ["id": FieldValue(id), "name": "华为技术有限公司", "phone": FieldValue(phone)]
        }
        let left = [account("a1", "13800138000"), account("a2", "13800138000")]
        let right = [account("b1", "13912345678"), account("b2", "13800138000")]
        func pairs(_ report: LinkReport) -> [[UInt32]] { report.pairs.map { [$0.left, $0.right] } }
        XCTAssertEqual(pairs(try engine.link("account", left, right)), [[0, 0], [0, 1], [1, 0], [1, 1]])
        let single = try engine.link("account", left, right, oneToOne: true)
        XCTAssertEqual(pairs(single), [[0, 1], [1, 0]])
        XCTAssertTrue(single.pairs.contains { $0.probability > single.threshold })
        let strict = try XCTUnwrap(Decimal(string: "0.99"))
        XCTAssertEqual(pairs(try engine.link("account", left, right, threshold: strict, oneToOne: true)), [[0, 1]])
        XCTAssertThrowsError(try engine.link("acount", left, right)) { error in
            XCTAssertEqual((error as? QudaoError)?.suggestion, "account")
        }
    }

    func testTablesAreValidatedWithoutAWorkspace() throws {
        let engine = try engine()
        let report = try engine.validate("account", [["name": "华强"], ["city": "深圳"]], locale: "zh-CN")
        XCTAssertFalse(report.ok)
        XCTAssertEqual(report.violations.map(\.row), [1])
        XCTAssertEqual(report.violations.map(\.violation.code), ["field.required"])
        XCTAssertEqual(report.violations.map(\.violation).of("name").count, 1)
        XCTAssertTrue(try engine.fieldNames(object: "account").contains("tax_id"))
    }

    func testAWrongBlueprintIsToldWithItsLines() {
        let text = "qudao: 1\nobjects:\n  account:\n    fields:\n      size: {type: number}\n"
        XCTAssertThrowsError(try Engine.fromYaml(text: text)) { error in
            let lints = (error as? QudaoError)?.lints ?? []
            XCTAssertEqual((error as? QudaoError)?.code, "blueprint.invalid")
            XCTAssertEqual(lints.map(\.code), ["blueprint.unknown_value"])
            XCTAssertEqual(lints.map(\.line), [5])
            XCTAssertEqual(lints.map(\.severity), [.error])
        }
        XCTAssertThrowsError(try Engine.fromYaml(text: text, locale: "zh-CN")) { error in
            let told = error.localizedDescription
            XCTAssertTrue(told.unicodeScalars.contains { (0x4E00...0x9FFF).contains($0.value) }, told)
        }
    }

    func testWhoMayNotSeeOrExportIsToldSo() throws {
        let workspace = try memory()
        let session = try workspace.session(actor: boss, locale: "en")
        try people(session)
        XCTAssertEqual(try session.exportLog(after: 0, limit: 10).map(\.seq), [1, 2, 3])
        let rep = try workspace.session(actor: Actor(id: "rep", roles: ["sales_rep"]), locale: "zh-CN")
        XCTAssertThrowsError(try rep.exportLog(after: 0, limit: 10)) { error in
            XCTAssertEqual((error as? QudaoError)?.code, "access.denied")
        }
        var told: [String] = []
        for id in ["o1", "none"] {
            XCTAssertThrowsError(try rep.get(object: "opportunity", id: id)) { error in
                guard case QudaoError.NotFound(let code, let detail) = error else { return XCTFail("\(error)") }
                XCTAssertEqual(code, "record.not_found")
                told.append(detail)
            }
        }
        XCTAssertEqual(Set(told).count, 1, "what may not be seen does not leak")
    }

    func testAFileKeepsWhatWasSaved() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("channel.db").path
        try people(Workspace.open(path: path, engine: engine()).session(actor: boss, locale: "en"))
        let workspace = try Workspace.open(path: path, engine: engine())
        let account = try workspace.session(actor: boss, locale: "en").get(object: "account", id: "a1")
        XCTAssertEqual(account["name"], "深圳市华强电子有限公司")
        XCTAssertEqual(account["created_at"], .moment(value: t0))
        XCTAssertEqual(try workspace.rebuild(), 3)
        XCTAssertTrue(try workspace.verify())
        XCTAssertThrowsError(try Workspace.open(path: folder.path, engine: engine())) { error in
            guard case QudaoError.Store = error else { return XCTFail("\(error)") }
        }
    }

    func testNumbersThatDoNotFitAreRefusedNotRounded() throws {
        let session = try memory().session(actor: boss, locale: "en")
        let tooFine = try XCTUnwrap(Decimal(string: "0.00000000000000000000000000001"))
        let command = Command.create("account", ["name": "A", "annual_revenue": FieldValue(tooFine)])
        XCTAssertThrowsError(try session.submit(command, now: t0)) { error in
            XCTAssertEqual((error as? QudaoError)?.code, "argument.decimal")
        }
    }

    func testASessionIsUsedFromSeveralTasks() async throws {
        let workspace = try memory()
        let session = try workspace.session(actor: boss, locale: "en")
        let now = t0
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for i in 0..<4 {
                group.addTask {
                    try session.submit(.create("account", ["name": FieldValue("Company \(i)")]), now: now).isAllowed
                }
            }
            for try await allowed in group { XCTAssertTrue(allowed) }
        }
        XCTAssertEqual(try session.query(QueryRequest(object: "account"), now: t1).total, 4)
    }

    func testLiteralsBecomeFieldValues() {
        let values: [FieldValue] = ["x", 7, true, nil, ["x", 1]]
        XCTAssertEqual(
            values,
            [.text(value: "x"), .whole(value: 7), .flag(value: true), .missing, .items(items: ["x", 1])])
        XCTAssertEqual(FieldValue(7).number, 7)
        XCTAssertEqual(FieldValue.reference(id: "p1").text, "p1")
    }
}
