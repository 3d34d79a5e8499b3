import Foundation
import Qudao
import XCTest

final class WatchedTests: XCTestCase {
    /// Keeps what it hears, and answers by how often it was asked. Tasks share it with threads beside them.
    private final class Listener: ProgressListener, @unchecked Sendable {
        private let lock = NSLock()
        private var told: [Double] = []
        private let goOn: @Sendable (Int) throws -> Bool

        init(_ goOn: @escaping @Sendable (Int) throws -> Bool) { self.goOn = goOn }

        var heard: [Double] { lock.withLock { told } }

        func hear(_ done: Double) { lock.withLock { told.append(done) } }

        func onProgress(done: Double) throws -> Bool {
            hear(done)
            return try goOn(heard.count)
        }
    }

    private func engine() throws -> Engine {
        try Engine.fromYaml(text: XCTUnwrap(starterBlueprints()["project-sale"]))
    }

    /// So many that a search takes longer than a listener has to wait.
    private let rows: [[String: FieldValue]] = (0..<3_000).map { row in
        [
            "id": FieldValue("k\(row)"), "name": FieldValue("Company \(row / 2) Ltd"),
            "phone": FieldValue("0755-28\(100_000 + row / 2)"),
        ]
    }

    private func assertCancelled(_ text: String, _ line: UInt = #line, _ work: () throws -> Any) {
        XCTAssertThrowsError(try work(), line: line) { error in
            guard case QudaoError.Cancelled(let code, let detail) = error else { return XCTFail("\(error)", line: line) }
            XCTAssertEqual(code, "matching.cancelled", line: line)
            XCTAssertEqual(detail, text, line: line)
        }
    }

    func testProgressRisesFromNothingToAllAndTheAnswerIsTheSameWithAnyNumberOfThreads() async throws {
        let engine = try engine()
        let listener = Listener { _ in true }
        let alone = try await engine.dedupe("account", rows, threads: 1)
        XCTAssertEqual(alone.groups.count, 1_500)
        let watched = try await engine.dedupe("account", rows, threads: 2) { listener.hear($0) }
        XCTAssertEqual(alone, watched)
        let heard = listener.heard
        XCTAssertEqual(heard.first, 0)
        XCTAssertEqual(heard.last, 1)
        XCTAssertEqual(heard.sorted(), heard)
        XCTAssertTrue(heard.contains { $0 > 0 && $0 < 1 }, "\(heard)")

        let linked = try await engine.link("account", rows, rows, oneToOne: true) { listener.hear($0) }
        let model = try await engine.train("account", rows) { listener.hear($0) }
        XCTAssertEqual(listener.heard.filter { $0 == 1 }.count, 3)
        XCTAssertEqual(linked, try waiting { try engine.link("account", self.rows, self.rows, oneToOne: true) })
        XCTAssertEqual(model, try waiting { try engine.train("account", self.rows) })
    }

    /// The calls that wait, within a task.
    private func waiting<T>(_ work: () throws -> T) rethrows -> T { try work() }

    func testAListenerEndsASearchBeforeItBeginsAndWithinIt() throws {
        let engine = try engine()
        for asked in 1...2 {
            let listener = Listener { $0 < asked }
            assertCancelled("查重已被中止") { try engine.dedupe("account", rows, listener: listener, locale: "zh-CN") }
            XCTAssertEqual(listener.heard.count, asked)
        }
        let never = Listener { _ in false }
        assertCancelled("the search for duplicates was stopped") {
            try engine.link("account", rows, rows, listener: never)
        }
        assertCancelled("the search for duplicates was stopped") { try engine.train("account", rows, listener: never) }
        // What it throws ends the search as well.
        struct Own: Error {}
        assertCancelled("查重已被中止") {
            try engine.dedupe("account", rows, listener: Listener { _ in throw Own() }, locale: "zh-CN")
        }
        // Of a search that was ended nothing stays.
        let whole = Listener { _ in true }
        XCTAssertEqual(try engine.dedupe("account", rows, listener: whole).groups.count, 1_500)
    }

    func testACancelledTaskEndsItsSearch() async throws {
        let engine = try engine()
        let (rows, listener) = (rows + rows, Listener { _ in true })
        let (begun, begin) = AsyncStream.makeStream(of: Void.self)
        let search = Task {
            try await engine.dedupe("account", rows) {
                listener.hear($0)
                begin.yield()
            }
        }
        for await _ in begun { break }
        search.cancel()
        do {
            _ = try await search.value
            XCTFail("not ended")
        } catch {
            XCTAssertTrue(error is CancellationError, "\(error)")
        }
        XCTAssertFalse(listener.heard.contains(1))

        let before = Task {
            while !Task.isCancelled { await Task.yield() }
            return try await engine.dedupe("account", rows) { _ in XCTFail("it has begun") }
        }
        before.cancel()
        do {
            _ = try await before.value
            XCTFail("not ended")
        } catch {
            XCTAssertTrue(error is CancellationError, "\(error)")
        }
    }

    func testErrorsAreToldInBothLanguages() throws {
        let engine = try engine()
        let plain = try Engine.fromYaml(text: "qudao: 1\n")
        let row: [[String: FieldValue]] = [["name": "Acme Ltd"]]
        let deep = (0...9).reduce(FieldValue("x")) { value, _ in .items(items: [value]) }
        let labels = [true, false].map { PairLabel(left: 0, right: 1, same: $0) }
        let beyond = [PairLabel(left: 0, right: 7_000, same: true)]
        let cases: [(String, String, (String?) throws -> Any)] = [
            ("object.unknown", "acount", { try engine.dedupe("acount", row, locale: $0) }),
            ("object.unknown", "acount", { try engine.link("acount", row, row, locale: $0) }),
            ("object.unknown", "acount", { try engine.train("acount", row, locale: $0) }),
            ("object.unknown", "acount", { try engine.golden("acount", row, clusters: [0], locale: $0) }),
            (
                "object.unknown", "acount",
                { try engine.explainPair(object: "acount", left: row[0], right: row[0], locale: $0) }
            ),
            ("id.invalid", "", { try engine.dedupe("", row, locale: $0) }),
            ("matching.no_rule", "account", { try plain.dedupe("account", row, locale: $0) }),
            ("matching.bad_threshold", "", { try engine.dedupe("account", row, threshold: 2, locale: $0) }),
            ("matching.bad_threads", "", { try engine.dedupe("account", row, threads: 0, locale: $0) }),
            ("matching.no_id", "0", { try engine.dedupe("account", row, previous: ClusterIds(), locale: $0) }),
            ("matching.bad_label", "7", { try engine.train("account", self.rows, labels: beyond, locale: $0) }),
            (
                "matching.contradictory_labels", "0",
                { try engine.train("account", self.rows, labels: labels, locale: $0) }
            ),
            ("matching.bad_model", "", { try engine.withModel(model: "{}", locale: $0) }),
            ("value.bad_form", "name", { try engine.dedupe("account", [["name": deep]], locale: $0) }),
            ("matching.bad_previous", "", { try ClusterIds(json: "{\"rows\": 1}", locale: $0) }),
            ("matching.bad_previous", "", { try ClusterIds(records: ["k1": ""]).json(locale: $0) }),
        ]
        for (code, named, call) in cases {
            for locale in [nil, "zh-CN"] {
                XCTAssertThrowsError(try call(locale), code) { error in
                    let told = error.localizedDescription
                    XCTAssertEqual((error as? QudaoError)?.code, code)
                    XCTAssertTrue(named.isEmpty || told.contains(named), told)
                    let chinese = told.unicodeScalars.contains { (0x4E00...0x9FFF).contains($0.value) }
                    XCTAssertEqual(chinese, locale != nil, told)
                }
            }
        }
    }
}
