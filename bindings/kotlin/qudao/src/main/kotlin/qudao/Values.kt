package qudao

import java.math.BigDecimal
import java.time.Instant
import java.time.LocalDate

/** Text, or one of a field's choices. */
public fun String.toFieldValue(): FieldValue = FieldValue.Text(this)

/** True or false. */
public fun Boolean.toFieldValue(): FieldValue = FieldValue.Flag(this)

/** A whole number. */
public fun Int.toFieldValue(): FieldValue = FieldValue.Whole(toLong())

/** A whole number. */
public fun Long.toFieldValue(): FieldValue = FieldValue.Whole(this)

/** An exact decimal. */
public fun BigDecimal.toFieldValue(): FieldValue = FieldValue.Number(this)

/** A calendar date. */
public fun LocalDate.toFieldValue(): FieldValue = FieldValue.Date(this)

/** A point in time. */
public fun Instant.toFieldValue(): FieldValue = FieldValue.Moment(this)

/** An amount in a currency, such as `FieldValue.money("1200.50", "CNY")`. */
public fun FieldValue.Companion.money(amount: String, currency: String): FieldValue =
    FieldValue.Money(BigDecimal(amount), currency)

/** The id of another record. */
public fun FieldValue.Companion.reference(id: String): FieldValue = FieldValue.Reference(id)

/** Several values, each as [fieldValueOf] takes it. */
public fun FieldValue.Companion.items(vararg items: Any?): FieldValue =
    FieldValue.Items(items.map(::fieldValueOf))

/**
 * The field value of a Kotlin value; `null` is a missing one.
 *
 * There is no way from `Double` or `Float`: a sum of money that went through one is no longer exact.
 *
 * @throws IllegalArgumentException for a type that no field holds.
 */
public fun fieldValueOf(value: Any?): FieldValue = when (value) {
    null -> FieldValue.Missing
    is FieldValue -> value
    is String -> value.toFieldValue()
    is Boolean -> value.toFieldValue()
    is Int -> value.toFieldValue()
    is Long -> value.toFieldValue()
    is BigDecimal -> value.toFieldValue()
    is LocalDate -> value.toFieldValue()
    is Instant -> value.toFieldValue()
    is Iterable<*> -> FieldValue.Items(value.map(::fieldValueOf))
    else -> throw IllegalArgumentException("no field holds a ${value::class.simpleName}")
}

/** Values by field name: `fields("name" to "华强电子", "employees" to 40)`. */
public fun fields(vararg values: Pair<String, Any?>): Map<String, FieldValue> =
    values.associate { (name, value) -> name to fieldValueOf(value) }

/** The value of a field; [FieldValue.Missing] where the record holds none. */
public operator fun RecordData.get(field: String): FieldValue = fields[field] ?: FieldValue.Missing

/** The text of a text, choice or reference; null for anything else. */
public val FieldValue.text: String?
    get() = when (this) {
        is FieldValue.Text -> value
        is FieldValue.Reference -> id
        else -> null
    }

/** The number of a whole number, a decimal or an amount of money; null for anything else. */
public val FieldValue.number: BigDecimal?
    get() = when (this) {
        is FieldValue.Whole -> BigDecimal.valueOf(value)
        is FieldValue.Number -> value
        is FieldValue.Money -> amount
        else -> null
    }
