// A day at a maker of industrial electronics that sells through partners, as an app of its people has it.
//
// Customers and deals are brought in, a deal is driven through its gates, the numbers are read: all of it without a
// network. `cargo xtask test --only kotlin` compiles and runs it.

package story

import qudao.Actor
import qudao.Command
import qudao.Decision
import qudao.Engine
import qudao.FieldValue
import qudao.KpiRequest
import qudao.PastVisit
import qudao.QudaoException
import qudao.QueryRequest
import qudao.Session
import qudao.SubmitOptions
import qudao.Workspace
import qudao.advance
import qudao.advice
import qudao.create
import qudao.fieldValueOf
import qudao.fields
import qudao.findings
import qudao.money
import qudao.nextSteps
import qudao.record
import qudao.submit
import qudao.update
import qudao.userMessage
import java.io.File
import java.time.Instant
import java.time.LocalDate
import java.time.LocalDateTime
import java.time.ZoneId

/** The last instant of 2025 in Shanghai, where the example data ends. */
private val NOW: Instant = Instant.parse("2025-12-31T16:00:00Z")
private val SHANGHAI = ZoneId.of("Asia/Shanghai")
private val CUSTOMER_TYPES = mapOf("项目型" to "project", "渠道型" to "channel")

/** Tells the story on the files of `examples`. */
fun story(examples: File, locale: String, say: (String) -> Unit) {
    Engine.fromFile(examples.resolve("blueprints/channel.yaml").path).use { engine ->
        Workspace.inMemory(engine).use { workspace ->
            val session = workspace.session(Actor("director", roles = listOf("sales_director")), locale)
            Story(examples.resolve("data"), workspace, session, locale, say).tell()
        }
    }
}

private class Story(
    private val data: File,
    private val workspace: Workspace,
    private val session: Session,
    private val locale: String,
    private val say: (String) -> Unit,
) {
    fun tell() {
        bringIn()
        val deal = driveADeal()
        keepToTheRules(deal)
        readTheNumbers()
        say("rebuilt from the log alone, equal: ${workspace.verify()}")
    }

    /** Every row goes through the save path; what is refused comes back with its reasons. */
    private fun bringIn() {
        val accounts = rows("accounts.csv").take(150)
        imported("accounts", accounts.map { row ->
            val type = row.getValue("Customer Type")
            val values = fields(
                "name" to row.cell("Account Name"),
                "type" to (CUSTOMER_TYPES[type] ?: type.lowercase()),
                "tax_id" to row.cell("Tax ID"),
                "phone" to row.cell("Phone"),
                "city" to row.cell("City"),
            )
            create("account", values, row.getValue("Account ID"))
        })
        val ids = accounts.map { it.getValue("Account ID") }.toSet()
        imported("contacts", rows("contacts.csv").filter { it["Account"] in ids }.map { row ->
            val values = fields(
                "name" to row.cell("Name"),
                "account" to row.cell("Account"),
                "phone" to row.cell("Phone"),
                "email" to row.cell("Email"),
            )
            create("contact", values, row.getValue("Contact ID"))
        })
        val visits = rows("visits.csv").groupBy { it.getValue("opportunity_id") }
        imported("deals with their past", rows("opportunities.csv").filter { it["account_id"] in ids }.map { row ->
            val id = row.getValue("opportunity_id")
            val values = fields(
                "name" to row.cell("name"),
                "account" to row.cell("account_id"),
                "amount" to yuan(row.cell("amount")),
                "source" to row.cell("source"),
                "loss_reason" to row.cell("loss_reason"),
            )
            Command.ImportHistory("opportunity", id, values, null, visits[id].orEmpty().map(::past))
        })
    }

    /** An amount written in digits; anything else goes in as it is, and is refused. */
    private fun yuan(text: String?): FieldValue =
        text?.toBigDecimalOrNull()?.let { FieldValue.Money(it, "CNY") } ?: fieldValueOf(text)

    private fun past(row: Map<String, String>): PastVisit {
        fun at(column: String): Instant? =
            row.cell(column)?.let { LocalDateTime.parse(it.replace(' ', 'T')).atZone(SHANGHAI).toInstant() }
        return PastVisit(row.getValue("stage"), at("entered") ?: NOW, at("left"), row.cell("reason"))
    }

    private fun imported(what: String, commands: List<Command>) {
        val refused = commands.map { session.submit(it, NOW, SubmitOptions(asImport = true)) }
            .filterIsInstance<Decision.Blocked>()
        say("$what: ${commands.size - refused.size} brought in, ${refused.size} refused")
        refused.flatMap { it.violations }.groupingBy { it.text }.eachCount().entries
            .sortedByDescending { it.value }.take(3).forEach { say("  ${it.value} × ${it.key}") }
    }

    /** A deal of a project customer. Each stage says what it still needs. */
    private fun driveADeal(): String {
        val begun = SubmitOptions(occurredAt = NOW.minusSeconds(40 * 86_400))
        val made = session.submit(create("opportunity", fields("name" to "总部大楼配电监控", "account" to "A0001")), NOW, begun)
        val deal = checkNotNull(made.record) { made.findings.joinToString { it.advice } }.id
        say("What the next stages need:")
        for (step in session.nextSteps(deal, NOW)) {
            say("  ${step.label}: ${step.missing.joinToString("; ") { it.text }.ifEmpty { "-" }}")
        }
        move(deal, "solution")
        val known = fields(
            "amount" to FieldValue.money("480000", "CNY"),
            "expected_close" to LocalDate.of(2026, 3, 31),
        )
        session.submit(update("opportunity", deal, known), NOW)
        val decider = fields("opportunity" to deal, "contact" to "K0001", "role" to "decider")
        session.submit(create("contact_role", decider), NOW)
        move(deal, "qualified")
        move(deal, "solution")
        return deal
    }

    private fun move(deal: String, stage: String) {
        when (val decision = session.submit(advance("opportunity", deal, stage), NOW)) {
            is Decision.Allowed -> say("$stage: moved")
            is Decision.Blocked -> say("$stage: ${decision.violations.joinToString("; ") { it.advice }}")
        }
    }

    /** Nobody sees more than the role allows, and an exception is a grant that the history shows. */
    private fun keepToTheRules(deal: String) {
        val stranger = workspace.session(Actor("visitor", listOf("partner_rep"), partner = "P001"), locale)
        try {
            stranger.get("opportunity", deal)
            say("A representative of another partner sees the deal")
        } catch (error: QudaoException.NotFound) {
            say("A representative of another partner: ${error.userMessage}")
        }
        val rule = "project_sale.bidding.entry.bid_date"
        val why = "framework contract, no tender"
        session.submit(Command.GiveGrant("g1", "opportunity", deal, rule, why, null, null), NOW)
        move(deal, "bidding")
        for (item in session.history("opportunity", deal)) {
            val rules = item.granted.joinToString { "by a grant: $it" } + item.failed.joinToString()
            say("  ${item.command} ${if (item.allowed) "done" else "refused"} $rules".trimEnd())
        }
    }

    /** Every number carries what was left out and the records behind it. */
    private fun readTheNumbers() {
        val open = session.query(QueryRequest("opportunity", filter = "outcome == 'open'", limit = 3u), NOW)
        say("${open.total} open deals, the first: ${open.records.joinToString { it.id }}")
        val year = KpiRequest(
            metrics = listOf("win_rate", "weighted_pipeline"),
            from = LocalDate.of(2025, 1, 1),
            to = LocalDate.of(2026, 1, 1),
        )
        for (kpi in session.kpis(year, NOW)) {
            val number = kpi.value?.toPlainString() ?: kpi.undefined?.text
            val excluded = kpi.excluded.joinToString { "${it.count} ${it.text}" }.ifEmpty { "-" }
            say("${kpi.metric}: $number ${kpi.currency ?: kpi.unit}, n = ${kpi.n}, left out: $excluded")
        }
    }

    private fun rows(file: String): List<Map<String, String>> {
        val lines = csv(data.resolve(file).readText().removePrefix("\uFEFF"))
        return lines.drop(1).map { lines.first().zip(it).toMap() }
    }
}

private fun Map<String, String>.cell(column: String): String? = this[column]?.takeIf { it.isNotEmpty() }

/** Comma-separated values, RFC 4180. */
private fun csv(text: String): List<List<String>> {
    val rows = mutableListOf<List<String>>()
    var row = mutableListOf<String>()
    val cell = StringBuilder()
    var quoted = false
    var i = 0
    fun endCell() {
        row.add(cell.toString())
        cell.clear()
    }
    while (i < text.length) {
        val c = text[i++]
        when {
            quoted && c == '"' && text.getOrNull(i) == '"' -> {
                cell.append(c)
                i++
            }
            c == '"' -> quoted = !quoted
            quoted || (c != ',' && c != '\n' && c != '\r') -> cell.append(c)
            c == ',' -> endCell()
            c == '\n' -> {
                endCell()
                rows.add(row)
                row = mutableListOf()
            }
        }
    }
    if (row.isNotEmpty() || cell.isNotEmpty()) {
        endCell()
        rows.add(row)
    }
    return rows
}
