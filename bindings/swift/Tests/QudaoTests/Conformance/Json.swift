import Foundation

/// JSON as the case files have it: no fractions.
enum Json: Equatable, Decodable {
    case null
    case flag(Bool)
    case whole(Int64)
    case text(String)
    case list([Json])
    case map([String: Json])

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let flag = try? value.decode(Bool.self) {
            self = .flag(flag)
        } else if let whole = try? value.decode(Int64.self) {
            self = .whole(whole)
        } else if let text = try? value.decode(String.self) {
            self = .text(text)
        } else if let list = try? value.decode([Json].self) {
            self = .list(list)
        } else {
            self = .map(try value.decode([String: Json].self))
        }
    }

    subscript(key: String) -> Json { map[key] ?? .null }

    var map: [String: Json] { if case .map(let map) = self { map } else { [:] } }
    var list: [Json] { if case .list(let list) = self { list } else { [] } }
    var text: String? { if case .text(let text) = self { text } else { nil } }
    var whole: Int64? { if case .whole(let whole) = self { whole } else { nil } }
    var texts: [String] { list.compactMap(\.text) }

    /// The text under a key that must be there.
    func text(_ key: String) throws -> String {
        guard let text = self[key].text else { throw CannotRun("no text \(key) in \(self)") }
        return text
    }
}

extension Json: ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral {
    init(stringLiteral value: String) { self = .text(value) }
    init(arrayLiteral elements: Json...) { self = .list(elements) }
    init(dictionaryLiteral elements: (String, Json)...) { self = .map(Dictionary(elements) { _, last in last }) }

    init(_ text: String?) { self = text.map(Json.text) ?? .null }
    init(texts: [String]) { self = .list(texts.map(Json.text)) }
}

extension Json: CustomStringConvertible {
    var description: String {
        switch self {
        case .null: "null"
        case .flag(let flag): String(flag)
        case .whole(let whole): String(whole)
        case .text(let text): "\"\(text)\""
        case .list(let list): "[" + list.map(\.description).joined(separator: ", ") + "]"
        case .map(let map):
            "{" + map.sorted { $0.key < $1.key }.map { "\"\($0.key)\": \($0.value)" }.joined(separator: ", ") + "}"
        }
    }
}

/// Why a case could not be run.
struct CannotRun: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
