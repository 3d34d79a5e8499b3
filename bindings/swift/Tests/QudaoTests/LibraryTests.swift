import Qudao
import XCTest

final class LibraryTests: XCTestCase {
    func testTheLibraryAnswersWithItsVersion() throws {
        let version = try libraryVersion()
        XCTAssertEqual(version.split(separator: ".").count, 3, version)
    }

    func testAnErrorHasACodeAndATextForAPerson() {
        let error: any Error = QudaoError.Internal(code: "internal.panic", detail: "unexpected fault")
        XCTAssertEqual((error as? QudaoError)?.code, "internal.panic")
        XCTAssertEqual(error.localizedDescription, "unexpected fault")
    }
}
