/// Every difference; of a map only what is expected is compared.
func judge(_ expected: Json, _ observed: Json, _ path: String = "") -> [String] {
    switch (expected, observed) {
    case (.map(let wanted), .map(let found)):
        return wanted.sorted { $0.key < $1.key }.flatMap { key, value in
            guard let other = found[key] else { return ["\(path)/\(key): expected \(value), observed nothing"] }
            return judge(value, other, "\(path)/\(key)")
        }
    case (.list(let wanted), .list(let found)) where wanted.count == found.count:
        return zip(wanted, found).enumerated().flatMap { judge($1.0, $1.1, "\(path)/\($0)") }
    case _ where expected == observed:
        return []
    default:
        return ["\(path):\n      expected \(expected)\n      observed \(observed)"]
    }
}

/// The expectation once for each of its values, that value turned wrong. The first is the one of a flip.
func flips(_ expected: Json) -> [Json] {
    switch expected {
    case .map(let map):
        return map.keys.sorted().flatMap { key in
            flips(map[key] ?? .null).map { flipped in
                var copy = map
                copy[key] = flipped
                return .map(copy)
            }
        }
    case .list(let list):
        let inside = list.indices.flatMap { i in
            flips(list[i]).map { flipped -> Json in
                var copy = list
                copy[i] = flipped
                return .list(copy)
            }
        }
        return inside + [.list(list.isEmpty ? ["~"] : list.dropLast())]
    case .flag(let flag): return [.flag(!flag)]
    case .whole(let whole): return [.whole(whole + 1)]
    case .text(let text): return [.text(text + "~")]
    case .null: return ["~"]
    }
}

/// A text in the locale of the call.
let textKey = "text"

/// The same observation made in English and in Chinese: its texts become `en` and `zh`. All else is that of the first,
/// as ids that a workspace makes differ from run to run.
func merged(_ en: Json, _ zh: Json) throws -> Json {
    switch (en, zh) {
    case (.map(let left), .map(let right)):
        var out: [String: Json] = [:]
        for (key, value) in left {
            if key == textKey {
                out["en"] = value
                out["zh"] = right[key] ?? .null
            } else {
                out[key] = try merged(value, right[key] ?? .null)
            }
        }
        return .map(out)
    case (.list(let left), .list(let right)):
        if left.count != right.count { throw CannotRun("the answer depends on the language: \(en) and \(zh)") }
        return .list(try zip(left, right).map(merged))
    default:
        return en
    }
}
