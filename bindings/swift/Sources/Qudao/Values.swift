import Foundation
import QudaoCore
import QudaoTypes

extension FieldValue: ExpressibleByStringLiteral {
    public init(stringLiteral value: String) { self = .text(value: value) }
}

extension FieldValue: ExpressibleByIntegerLiteral {
    public init(integerLiteral value: Int64) { self = .whole(value: value) }
}

extension FieldValue: ExpressibleByBooleanLiteral {
    public init(booleanLiteral value: Bool) { self = .flag(value: value) }
}

extension FieldValue: ExpressibleByNilLiteral {
    public init(nilLiteral: ()) { self = .missing }
}

extension FieldValue: ExpressibleByArrayLiteral {
    public init(arrayLiteral elements: FieldValue...) { self = .items(items: elements) }
}

// There is no literal of a fraction: a number that went through `Double` is no longer exact.
extension FieldValue {
    /// Text, or one of a field's choices.
    public init(_ value: String) { self = .text(value: value) }

    /// A whole number.
    public init(_ value: Int) { self = .whole(value: Int64(value)) }

    /// True or false.
    public init(_ value: Bool) { self = .flag(value: value) }

    /// An exact decimal.
    public init(_ value: Foundation.Decimal) { self = .number(value: value) }

    /// A calendar date.
    public init(_ value: QudaoTypes.CalendarDate) { self = .date(value: value) }

    /// A point in time.
    public init(_ value: Date) { self = .moment(value: value) }

    /// The text of a text, choice or reference; `nil` for anything else.
    public var text: String? {
        switch self {
        case .text(let value): return value
        case .reference(let id): return id
        default: return nil
        }
    }

    /// The number of a whole number, a decimal or an amount of money; `nil` for anything else.
    public var number: Foundation.Decimal? {
        switch self {
        case .whole(let value): return Foundation.Decimal(value)
        case .number(let value): return value
        case .money(let amount, _): return amount
        default: return nil
        }
    }
}

extension RecordData {
    /// The value of a field; `.missing` where the record holds none.
    public subscript(field: String) -> FieldValue { fields[field] ?? .missing }
}
