package qudao

import java.math.BigDecimal
import java.nio.file.Files
import java.time.Instant
import java.time.LocalDate
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertFalse
import kotlin.test.assertIs
import kotlin.test.assertTrue

class StoryTest {
    private val t0 = Instant.parse("2026-01-01T00:00:00.123456Z")
    private val t1 = t0.plusSeconds(86_400)
    private val t2 = t1.plusSeconds(86_400)
    private val boss = Actor("boss", roles = listOf("channel_manager"))

    private fun engine() = Engine.fromYaml(starterBlueprints().getValue("project-sale"))

    private fun <T> inMemory(work: (Workspace) -> T): T = engine().use { Workspace.inMemory(it).use(work) }

    private fun Session.carriedOut(command: Command, now: Instant): Decision.Allowed {
        val decision = submit(command, now)
        assertTrue(decision.isAllowed, decision.findings.joinToString { it.advice })
        return decision as Decision.Allowed
    }

    private fun Session.people() {
        carriedOut(create("account", fields("name" to "深圳市华强电子有限公司", "phone" to "0755-83216789"), "a1"), t0)
        carriedOut(create("contact", fields("name" to "王伟", "account" to "a1", "phone" to "13800138000"), "c1"), t0)
        carriedOut(create("opportunity", fields("name" to "一期", "account" to "a1"), "o1"), t0)
    }

    @Test
    fun `a merge is taken back with its children`() = inMemory { workspace ->
        val session = workspace.session(boss, "en")
        session.people()
        session.carriedOut(create("account", fields("name" to "Zebra Trading", "city" to "Shenzhen"), "a2"), t0)
        session.carriedOut(
            create("contact", fields("name" to "李娜", "account" to "a2", "phone" to "13900139000"), "c2"), t0,
        )
        val nothing = session.submit(merge("account", "a1", emptyList()), t1)
        assertEquals(listOf("merge.nothing"), nothing.findings.map { it.code })
        session.carriedOut(merge("account", "a1", listOf("a2")), t1)
        assertEquals("a1", session.get("account", "a2").id)
        assertEquals("a1", session.get("contact", "c2")["account"].text)
        val lineage = session.lineage("account", "a2")
        assertEquals("a1" to listOf("a2"), lineage.record to lineage.merged)
        val city = lineage.cells.single { it.field == "city" }
        assertEquals("a2" to "master", city.from to city.rule)
        session.carriedOut(update("account", "a2", fields("industry" to "steel")), t1)
        session.carriedOut(unmerge("account", "a2", take = listOf("industry")), t2)
        assertEquals("Zebra Trading" to "steel", session.get("account", "a2").let { it["name"].text to it["industry"].text })
        assertEquals(FieldValue.Missing to FieldValue.Missing, session.get("account", "a1").let { it["city"] to it["industry"] })
        assertEquals("a2", session.get("contact", "c2")["account"].text)
        assertTrue(workspace.verify())
    }

    @Test
    fun `a deal moves only through its gates`() = inMemory { workspace ->
        val session = workspace.session(boss, "zh-CN")
        session.people()
        session.carriedOut(advance("opportunity", "o1", "qualified"), t1)

        val refused = session.submit(advance("opportunity", "o1", "proposal"), t2)
        assertIs<Decision.Blocked>(refused)
        assertEquals(listOf("预算未确认", "商机缺少联系人"), refused.violations.map { it.text })
        assertEquals("预算未确认 (请填写预计金额)", refused.violations[0].advice)
        assertTrue(refused.violations.all { it.blocks } && refused.record == null)
        assertEquals(
            listOf("budget not known", "no contact on the deal"),
            workspace.session(boss, "en").check(advance("opportunity", "o1", "proposal"), t2).findings.map { it.text },
        )
        val proposal = session.nextSteps("o1", t2).single { it.stage == "proposal" }
        assertFalse(proposal.allowed)
        assertEquals("方案", proposal.label)
        assertEquals("forward", proposal.direction)
        assertEquals(listOf("预算未确认", "商机缺少联系人"), proposal.missing.map { it.text })

        session.carriedOut(
            create("contact_role", fields("opportunity" to "o1", "contact" to "c1", "role" to "decider")), t2,
        )
        val amount = FieldValue.money("1234567.89", "CNY")
        session.carriedOut(advance("opportunity", "o1", "proposal", fields("amount" to amount)), t2)
        val day = LocalDate.of(2026, 2, 28)
        val signed = fields("bid_date" to day, "budget_confirmed" to true)
        session.carriedOut(advance("opportunity", "o1", "won", signed), t2)

        val deal = session.get("opportunity", "o1")
        assertEquals(FieldValue.Money(BigDecimal("1234567.89"), "CNY"), deal["amount"])
        assertEquals(FieldValue.Date(day), deal["bid_date"])
        assertEquals(FieldValue.Flag(true), deal["budget_confirmed"])
        assertEquals(FieldValue.Moment(t2), deal["closed_at"])
        assertEquals(FieldValue.Missing, deal["competitor"])
        assertEquals("won", deal["outcome"].text)
        assertEquals(
            listOf("lead_in", "qualified", "proposal", "won"),
            session.visits("opportunity", "o1").map { it.stage },
        )
        val history = session.history("opportunity", "o1")
        assertEquals(listOf(true, true, false, true, true), history.map { it.allowed })
        assertEquals(t0, history.first().occurredAt)

        val rate = session.kpis(KpiRequest(metrics = listOf("win_rate")), t2).single { it.group.isEmpty() }
        assertEquals(0, BigDecimal.ONE.compareTo(rate.value))
        assertEquals(listOf("o1"), rate.numeratorIds)
        assertTrue(rate.smallSample)
        assertTrue(workspace.verify())
    }

    @Test
    fun `a refused record is told in the language of the session`() = inMemory { workspace ->
        val draft = create("contact", fields("name" to "李娜", "account" to "a1"))
        val texts = mapOf("zh-CN" to "请填写电话或邮箱", "en" to "give a phone number or an e-mail address")
        workspace.session(boss, "en").people()
        for ((locale, text) in texts) {
            when (val decision = workspace.session(boss, locale).submit(draft, t0)) {
                is Decision.Blocked -> assertEquals(listOf(text), decision.violations.map { it.text })
                is Decision.Allowed -> throw AssertionError("not refused")
            }
        }
    }

    @Test
    fun `queries give pages in order`() = inMemory { workspace ->
        val session = workspace.session(boss, "en")
        for ((id, city) in listOf("a1" to "深圳", "a2" to "上海", "a3" to "深圳")) {
            session.carriedOut(create("account", fields("name" to "Company $id", "city" to city), id), t0)
        }
        val request = QueryRequest("account", "city == '深圳'", listOf(SortKey("name", descending = true)), limit = 1u)
        val page = session.query(request, t1)
        assertEquals(2uL, page.total)
        assertEquals(listOf("a3"), page.records.map { it.id })
        assertEquals(listOf("a1"), session.query(request.copy(offset = 1u), t1).records.map { it.id })
        val error = assertFailsWith<QudaoException.Argument> { session.query(QueryRequest("acount"), t1) }
        assertEquals("object.unknown" to "account", error.stableCode to error.suggestion)
    }

    @Test
    fun `duplicates are found before and on saving`() = inMemory { workspace ->
        val session = workspace.session(boss, "en")
        session.people()
        val twin = fields("name" to "深圳华强电子有限公司", "phone" to "0755 8321 6789")
        val found = session.findDuplicates("account", twin).single()
        assertEquals("a1", found.record)
        assertTrue(found.evidence.any { it.field == "phone" && it.level == "exact" })
        val refused = session.submit(create("account", twin, "a2"), t1)
        assertEquals(listOf("duplicate.block"), refused.findings.map { it.code })
        assertEquals(listOf("a1"), refused.possibleDuplicates.map { it.record })
        val import = SubmitOptions(key = "row-1", asImport = true)
        assertTrue(session.submit(create("account", twin, "a2"), t1, import).isAllowed)
        val again = session.submit(create("account", twin, "a2"), t2, import)
        assertTrue(again is Decision.Allowed && again.replayed)
    }

    @Test
    fun `clusters keep their ids, and their golden records tell where each value came from`() = engine().use { engine ->
        val acme = fields("id" to "k7", "name" to "Acme Ltd", "phone" to "0755-28780808")
        val twin = fields("id" to "k3", "name" to "ACME Limited", "phone" to "+86 755 2878 0808", "employees" to 40)
        val zebra = fields("id" to "k9", "name" to "Zebra Trading", "phone" to "010-55500001")
        val first = engine.dedupe("account", listOf(acme, zebra, twin), previous = ClusterIds())
        assertEquals(listOf(listOf(0, 2)), first.groups)
        assertEquals(listOf("k3", "k9", "k3"), first.stable?.byRow)
        assertEquals(null, engine.dedupe("account", listOf(acme, twin)).stable)

        val kept = ClusterIds.fromJson(checkNotNull(first.stable).ids.toJson())
        assertEquals(mapOf("k3" to "k3", "k7" to "k3", "k9" to "k9"), kept.records)
        val later = engine.dedupe("account", listOf(zebra, acme), previous = kept)
        assertEquals(listOf("k9", "k3"), later.stable?.byRow)
        assertEquals(
            listOf(ClusterShare("k3", "k3", 1u, ClusterChange.KEPT), ClusterShare("k9", "k9", 1u, ClusterChange.KEPT)),
            later.stable?.changes,
        )
        val nameless = assertFailsWith<QudaoException.Argument> {
            engine.dedupe("account", listOf(acme, twin - "id"), previous = kept)
        }
        assertEquals("matching.no_id", nameless.stableCode)
        for (wrong in listOf({ ClusterIds.fromJson("{\"rows\": 1}") }, { ClusterIds(mapOf("k1" to ""), emptyList()).toJson() })) {
            assertEquals("matching.bad_previous", assertFailsWith<QudaoException.Argument> { wrong() }.stableCode)
        }

        val golden = engine.golden("account", listOf(acme, zebra, twin), first.clusters)
        assertEquals(listOf(listOf(0u, 2u), listOf(1u)), golden.map { it.rows })
        val (one, other) = golden
        assertEquals("k3" to FieldValue.Whole(40), one.record.id to one.record["employees"])
        val name = one.cells.single { it.field == "name" }
        assertEquals("master" to one.master, name.rule to name.row)
        assertEquals(listOf(LostCell(0u, "Acme Ltd".toFieldValue())), name.lost)
        assertEquals(emptyList(), other.cells)
    }

    @Test
    fun `a link of two tables may be one to one`() = engine().use { engine ->
        fun account(id: String, phone: String) = fields("id" to id, "name" to "华为技术有限公司", "phone" to phone)
        val left = listOf(account("a1", "13800138000"), account("a2", "13800138000"))
        val right = listOf(account("b1", "13912345678"), account("b2", "13800138000"))
        fun pairs(report: LinkReport) = report.pairs.map { it.left.toInt() to it.right.toInt() }
        assertEquals(listOf(0 to 0, 0 to 1, 1 to 0, 1 to 1), pairs(engine.link("account", left, right)))
        val single = engine.link("account", left, right, oneToOne = true)
        assertEquals(listOf(0 to 1, 1 to 0), pairs(single))
        assertTrue(single.pairs.first().probability > single.threshold)
        assertEquals(listOf(0 to 1), pairs(engine.link("account", left, right, BigDecimal("0.99"), oneToOne = true)))
        val error = assertFailsWith<QudaoException.Argument> { engine.link("acount", left, right) }
        assertEquals("account", error.suggestion)
    }

    @Test
    fun `tables are validated without a workspace`() = engine().use { engine ->
        val report = engine.validate("account", listOf(fields("name" to "华强"), fields("city" to "深圳")), "zh-CN")
        assertFalse(report.ok)
        assertEquals(listOf(1uL to "field.required"), report.violations.map { it.row to it.violation.code })
        assertEquals(1, report.violations.map { it.violation }.of("name").size)
        assertTrue("tax_id" in engine.fieldNames("account"))
    }

    @Test
    fun `a wrong Blueprint is told with its lines`() {
        val text = "qudao: 1\nobjects:\n  account:\n    fields:\n      size: {type: number}\n"
        val error = assertFailsWith<QudaoException.Blueprint> { Engine.fromYaml(text) }
        assertEquals("blueprint.invalid", error.stableCode)
        val lint = error.lints.single()
        assertEquals("blueprint.unknown_value" to 5u, lint.code to lint.line)
        assertEquals(Severity.ERROR, lint.severity)
        val chinese = assertFailsWith<QudaoException.Blueprint> { Engine.fromYaml(text, "zh-CN") }
        assertTrue(chinese.userMessage.any { it in '\u4e00'..'\u9fff' }, chinese.userMessage)
        assertFalse(error.userMessage.any { it in '\u4e00'..'\u9fff' }, error.userMessage)
    }

    @Test
    fun `who may not see or export is told so`() = inMemory { workspace ->
        val session = workspace.session(boss, "en")
        session.people()
        assertEquals(listOf(1uL, 2uL, 3uL), session.exportLog(0u, 10u).map { it.seq })
        val rep = workspace.session(Actor("rep", roles = listOf("sales_rep")), "zh-CN")
        assertEquals("access.denied", assertFailsWith<QudaoException.Access> { rep.exportLog(0u, 10u) }.stableCode)
        val hidden = assertFailsWith<QudaoException.NotFound> { rep.get("opportunity", "o1") }
        val absent = assertFailsWith<QudaoException.NotFound> { rep.get("opportunity", "none") }
        assertEquals("record.not_found", hidden.stableCode)
        assertEquals(absent.userMessage, hidden.userMessage, "what may not be seen does not leak")
    }

    @Test
    fun `a file keeps what was saved`() {
        val file = Files.createTempDirectory("qudao").resolve("channel.db")
        engine().use { engine ->
            Workspace.open(file.toString(), engine).use { it.session(boss, "en").people() }
            Workspace.open(file.toString(), engine).use { workspace ->
                val account = workspace.session(boss, "en").get("account", "a1")
                assertEquals("深圳市华强电子有限公司", account["name"].text)
                assertEquals(FieldValue.Moment(t0), account["created_at"])
                assertEquals(3uL, workspace.rebuild())
                assertTrue(workspace.verify())
            }
            assertIs<QudaoException.Store>(
                assertFailsWith<QudaoException> { Workspace.open(file.parent.toString(), engine) },
            )
        }
        file.parent.toFile().deleteRecursively()
    }

    @Test
    fun `numbers that do not fit are refused, not rounded`() = inMemory { workspace ->
        val session = workspace.session(boss, "en")
        val tooFine = BigDecimal("0.00000000000000000000000000001")
        val error = assertFailsWith<QudaoException.Argument> {
            session.submit(create("account", fields("name" to "A", "annual_revenue" to tooFine)), t0)
        }
        assertEquals("argument.decimal", error.stableCode)
        assertFailsWith<IllegalArgumentException> { fields("employees" to 1.5) }
        Unit
    }

    @Test
    fun `a closed handle is refused`() {
        val engine = engine().apply { close() }
        assertFailsWith<IllegalStateException> { engine.lint("en") }
    }

    @Test
    fun `values of Kotlin become field values`() {
        val values = fields("a" to null, "b" to 7, "c" to listOf("x", true), "d" to FieldValue.reference("p1"))
        assertEquals(FieldValue.Missing, values["a"])
        assertEquals(FieldValue.Whole(7), values["b"])
        assertEquals(FieldValue.items("x", true), values["c"])
        assertEquals("p1", values.getValue("d").text)
        assertEquals(BigDecimal("12.50"), FieldValue.money("12.50", "CNY").number)
    }
}
