import Foundation
import Qudao
import QudaoStory
import XCTest

final class ExampleTests: XCTestCase {
    func testTheStoryOfTheExamplesIsToldInBothLanguages() throws {
        let examples = Checkout.folder.appendingPathComponent("examples")
        for (locale, missing) in ["en": "budget not known", "zh-CN": "预算未确认"] {
            var said: [String] = []
            try tellStory(examples: examples, locale: locale) { said.append($0) }
            let all = said.joined(separator: "\n")
            let deals = said.first { $0.hasPrefix("deals with their past: ") } ?? ""
            XCTAssertGreaterThan(deals.split(separator: " ").compactMap { Int($0) }.first ?? 0, 100, all)
            XCTAssertTrue(said.contains { $0.hasPrefix("solution: ") && $0.contains(missing) }, all)
            XCTAssertEqual(
                said.filter { $0.hasSuffix(": moved") }, ["qualified: moved", "solution: moved", "bidding: moved"], all)
            XCTAssertTrue(said.contains { $0.contains("by a grant: project_sale.bidding.entry.bid_date") }, all)
            XCTAssertTrue(said.contains { $0.hasPrefix("win_rate: 0.") }, all)
            XCTAssertEqual(said.last, "rebuilt from the log alone, equal: true", all)
        }
    }
}
