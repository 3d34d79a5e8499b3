import Foundation

/// How values cross to the native library. For the generated code; hosts have no need of it.
public enum Wire {
    /// What the library sent cannot be read: the library and this package do not belong together.
    public struct Mismatch: Error {}

    private static let posix = Locale(identifier: "en_US_POSIX")

    /// A decimal as text, exact. A number that is none is told so by the library.
    public static func text(_ value: Decimal) -> String {
        value.isNaN ? "NaN" : NSDecimalNumber(decimal: value).description(withLocale: posix)
    }

    /// A decimal from the library's text.
    public static func decimal(_ text: String) throws -> Decimal {
        guard let value = Decimal(string: text, locale: posix) else { throw Mismatch() }
        return value
    }

    public static func text(_ date: CalendarDate) -> String {
        date.description
    }

    public static func calendarDate(_ text: String) throws -> CalendarDate {
        guard let date = CalendarDate(text) else { throw Mismatch() }
        return date
    }

    /// Microseconds since 1970, to the nearest; what does not fit is held at the bound,
    /// which the library then refuses with an error that can be read.
    public static func micros(_ date: Date) -> Int64 {
        let micros = (date.timeIntervalSince1970 * 1_000_000).rounded()
        guard micros.isFinite, abs(micros) < 9e18 else { return micros < 0 ? .min : .max }
        return Int64(micros)
    }

    public static func date(_ micros: Int64) -> Date {
        Date(timeIntervalSince1970: Double(micros) / 1_000_000)
    }
}
