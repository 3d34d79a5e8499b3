import Foundation
import Qudao

struct Case {
    let name: String
    let kind: String
    let reason: String
    let blueprint: String?
    let input: Json
    let expected: Json
}

/// The cases with their Blueprints, read from the checkout.
struct Suite {
    let cases: [Case]
    private let engines: [String: Engine]

    init() throws {
        let folder = Checkout.folder.appendingPathComponent("conformance")
        var engines: [String: Engine] = [:]
        for file in try Self.files(folder.appendingPathComponent("blueprints"), "yaml") {
            let text = try String(contentsOf: file, encoding: .utf8)
            engines[file.deletingPathExtension().lastPathComponent] = try Engine.fromYaml(text: text)
        }
        self.engines = engines
        cases = try Self.files(folder.appendingPathComponent("cases"), "json").flatMap(Self.cases)
    }

    func engine(_ one: Case) throws -> Engine {
        guard let engine = engines[one.blueprint ?? ""] else {
            throw CannotRun("there is no Blueprint \(one.blueprint ?? "")")
        }
        return engine
    }

    private static func files(_ folder: URL, _ ending: String) throws -> [URL] {
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == ending }
            .sorted { $0.lastPathComponent < $1.lastPathComponent }
        if files.isEmpty { throw CannotRun("\(folder.path): no .\(ending) files") }
        return files
    }

    private static func cases(_ file: URL) throws -> [Case] {
        let root = try JSONDecoder().decode(Json.self, from: Data(contentsOf: file))
        return try root["cases"].list.map { raw in
            Case(
                name: try raw.text("name"), kind: try raw.text("kind"), reason: try raw.text("reason"),
                blueprint: raw["blueprint"].text, input: try withFixtures(raw["input"], root["fixtures"]),
                expected: raw["expected"])
        }
    }

    /// Names of fixtures give way to what they stand for.
    private static func withFixtures(_ input: Json, _ fixtures: Json) throws -> Json {
        func find(_ name: String) throws -> Json {
            guard let fixture = fixtures.map[name] else { throw CannotRun("there is no fixture \(name)") }
            return fixture
        }
        var out = input.map
        if let name = out.removeValue(forKey: "fixture")?.text {
            out.merge(try find(name).map) { _, new in new }
        }
        if let setup = out["setup"] {
            out["setup"] = .list(try setup.list.flatMap { try $0.text.map { try find($0).list } ?? [$0] })
        }
        return .map(out)
    }
}

enum Checkout {
    /// `cargo xtask test` says where the checkout is; `swift test` in the package finds it by this file.
    static var folder: URL {
        if let path = ProcessInfo.processInfo.environment["QUDAO_CHECKOUT"] { return URL(fileURLWithPath: path) }
        var folder = URL(fileURLWithPath: #filePath)
        for _ in 0..<6 { folder.deleteLastPathComponent() }
        return folder
    }
}
