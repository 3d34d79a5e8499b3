import Foundation
import Qudao
import XCTest

final class CalendarDateTests: XCTestCase {
    func testOnlyDaysOfTheCalendarExist() {
        XCTAssertEqual(CalendarDate("2024-02-29")?.description, "2024-02-29")
        XCTAssertEqual(CalendarDate("0001-01-01")?.description, "0001-01-01")
        XCTAssertEqual(CalendarDate(year: 12_026, month: 1, day: 2)?.description, "+12026-01-02")
        XCTAssertEqual(CalendarDate("+12026-01-02"), CalendarDate(year: 12_026, month: 1, day: 2))
        for bad in ["2023-02-29", "1900-02-29", "2026-13-01", "2026-1-1", "2026-01-00", "24.11.2026", "", "-"] {
            XCTAssertNil(CalendarDate(bad), bad)
        }
    }

    func testDaysAreOrdered() throws {
        let days = try ["2026-11-24", "2025-12-31", "2026-01-01"].map { try XCTUnwrap(CalendarDate($0)) }
        XCTAssertEqual(days.sorted().map(\.description), ["2025-12-31", "2026-01-01", "2026-11-24"])
    }

    func testTheDayOfAnInstantDependsOnTheZone() throws {
        let instant = Date(timeIntervalSince1970: 1_764_000_000)  // 2025-11-24T16:00:00Z
        let shanghai = try XCTUnwrap(TimeZone(identifier: "Asia/Shanghai"))
        let utc = try XCTUnwrap(TimeZone(secondsFromGMT: 0))
        XCTAssertEqual(CalendarDate(instant, in: shanghai)?.description, "2025-11-25")
        XCTAssertEqual(CalendarDate(instant, in: utc)?.description, "2025-11-24")
    }

    func testInstantsCrossToTheMicrosecond() {
        for micros: Int64 in [0, -1, 1_764_000_000_123_456, 4_102_444_800_999_999] {
            XCTAssertEqual(Wire.micros(Wire.date(micros)), micros)
        }
        XCTAssertEqual(Wire.micros(Date(timeIntervalSince1970: .nan)), .max)
        XCTAssertEqual(Wire.micros(Date.distantFuture.addingTimeInterval(1e14)), .max)
    }

    func testDecimalsCrossExactly() throws {
        for text in ["0", "-12.5", "79228162514264337593543950335", "0.0000000000000000000000000001"] {
            XCTAssertEqual(Wire.text(try Wire.decimal(text)), text)
        }
        XCTAssertEqual(Wire.text(Decimal.nan), "NaN")
    }
}
