import Foundation
import Qudao
import XCTest

/// The cases that every language runs. See `conformance/README.md`.
final class ConformanceTests: XCTestCase {
    func testEveryCaseHoldsAndNoPartOfAnExpectationGoesUnread() throws {
        let flip = ProcessInfo.processInfo.environment["QUDAO_CONFORMANCE_FLIP"] ?? ""
        let suite = try Suite()
        XCTAssertGreaterThanOrEqual(suite.cases.count, 150)
        XCTAssertEqual(Set(suite.cases.map(\.name)).count, suite.cases.count, "a name stands twice")
        XCTAssertTrue(flip.isEmpty || suite.cases.contains { $0.name == flip }, "there is no case \(flip)")
        var failed = 0
        var turned = 0
        func fail(_ one: Case, _ why: String) {
            failed += 1
            XCTFail("\(one.name) (\(one.kind))\n    \(one.reason)\n    \(why)")
        }
        for one in suite.cases {
            let observed: Json
            do {
                observed = try observe(suite, one)
            } catch {
                fail(one, "could not run: \(error)")
                continue
            }
            let wrong = flips(one.expected)
            turned += wrong.count
            for expectation in wrong where judge(expectation, observed).isEmpty {
                fail(one, "not noticed: \(expectation)")
            }
            let expected = one.name == flip ? wrong[0] : one.expected
            let differences = judge(expected, observed)
            if !differences.isEmpty { fail(one, differences.joined(separator: "\n    ")) }
        }
        print("conformance: \(suite.cases.count) cases run, \(failed) failed, \(turned) values turned wrong")
        XCTAssertGreaterThan(turned, 4 * suite.cases.count)
    }
}
