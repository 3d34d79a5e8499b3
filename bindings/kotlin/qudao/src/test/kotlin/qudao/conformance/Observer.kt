package qudao.conformance

import qudao.ClusterIds
import qudao.Decision
import qudao.DedupeReport
import qudao.Engine
import qudao.FieldValue
import qudao.GoldenRecord
import qudao.KpiValue
import qudao.MatchedPair
import qudao.QudaoException
import qudao.Session
import qudao.Severity
import qudao.VisitRow
import qudao.Workspace
import qudao.findDuplicates
import qudao.findings
import qudao.fromJson
import qudao.isAllowed
import qudao.possibleDuplicates
import qudao.stableCode
import qudao.suggestion
import qudao.toJson
import qudao.userMessage
import java.time.Instant

/** Everything that the API answers to a case, in the form of its expectation. */
internal fun observe(suite: Suite, case: Case): Any? =
    merged(Observer(suite, case, "en").observe(), Observer(suite, case, "zh-CN").observe())

/** Objects in an order in which each comes after those it points to. */
private val LOADED = listOf("partner", "account", "campaign", "lead", "opportunity", "activity")

private class Observer(private val suite: Suite, private val case: Case, private val locale: String) {
    private val input = case.input
    private val now: Instant? = input.optional("now")?.let(Instant::parse)
    private val required: Instant get() = now ?: error("no now")
    private val engine: Engine get() = suite.engine(case)

    fun observe(): Any? = when (case.kind) {
        "validate" -> validated()
        "normalise" -> inWorkspace {
            val create = mapOf("do" to "create", "object" to input["object"], "id" to "new", "set" to input["set"])
            decided(it, create, submit(it, create))
        }
        "gate" -> inWorkspace {
            val step = input["step"].node()
            decided(it, step, submit(it, step))
        }
        "next_steps" -> inWorkspace { nextSteps(session(it)) }
        "query" -> inWorkspace { workspace ->
            val page = session(workspace).query(query(input["query"].node()), required)
            mapOf("total" to page.total.toLong(), "rows" to page.records.map { plain(engine, it) })
        }
        "match" -> matched()
        "dedupe" -> found()
        "link" -> linked()
        "kpi" -> measured()
        "error" -> failed()
        else -> error("there is no kind ${case.kind}")
    }

    private fun validated(): Node {
        val report = engine.validate(
            input.text("object"), rows(input.list("rows")), tables(input["related"]), now, locale,
        )
        val found = report.violations.map { plain(it.violation) + ("row" to it.row.toLong()) }
        return mapOf("ok" to report.ok, "violations" to sorted(found))
    }

    private fun <T> inWorkspace(work: (Workspace) -> T): T = Workspace.inMemory(engine).use { workspace ->
        input.list("setup").map { it.node() }.forEach { carriedOut(workspace, it) }
        work(workspace)
    }

    private fun carriedOut(workspace: Workspace, json: Node) {
        val decision = submit(workspace, json)
        check(decision.isAllowed) { "setup: $json was refused by ${decision.findings.map { it.rule to it.code }}" }
    }

    private fun session(workspace: Workspace, who: Any? = input["as"]): Session =
        workspace.session(actor(who), locale)

    private fun submit(workspace: Workspace, json: Node): Decision {
        val at = json.optional("now")?.let(Instant::parse) ?: required
        return session(workspace, json["as"]).submit(command(json), at, options(json))
    }

    private fun decided(workspace: Workspace, json: Node, decision: Decision): Node {
        val (target, id) = json.text("object") to json.text("id")
        val session = session(workspace, json["as"])
        val record = try {
            session.get(target, id)
        } catch (_: QudaoException.NotFound) {
            null
        }
        val visits = if (record == null) emptyList() else session.visits(target, id)
        return mapOf(
            "allowed" to decision.isAllowed,
            "violations" to sorted(decision.findings.map { plain(it) }),
            "duplicates" to decision.possibleDuplicates.map {
                mapOf(
                    "rule" to it.rule,
                    "record" to it.record,
                    "action" to it.action,
                    "disclosure" to it.disclosure,
                )
            },
            "replayed" to (decision is Decision.Allowed && decision.replayed),
            "values" to record?.let { plain(engine, it) },
            "version" to record?.version?.toLong(),
            "visits" to visits.map { mapOf("stage" to it.stage, "class" to it.outcome, "reason" to it.reason) },
        )
    }

    private fun nextSteps(session: Session): Node {
        val steps = session.nextSteps(input.text("object"), input.text("id"), required)
        return mapOf(
            "steps" to steps.map { step ->
                mapOf(
                    "stage" to step.stage,
                    "class" to step.outcome,
                    "direction" to step.direction,
                    "allowed" to step.allowed,
                    "missing" to step.missing.map { it.rule }.sorted(),
                    "advised" to step.advised.map { it.rule }.sorted(),
                )
            },
        )
    }

    /** Over a table of the two rows, and in a workspace that holds the left one: both must agree. */
    private fun matched(): Node {
        val engine = withModel()
        val target = input.text("object")
        val (left, right) = values(input["left"]) to values(input["right"])
        val table = engine.dedupe(target, listOf(left, right), null)
        val together = table.clusters[0] == table.clusters[1]
        val listed = table.pairs.any { it.probability >= table.threshold }
        val stored = Workspace.inMemory(engine).use { workspace ->
            val create = mapOf("do" to "create", "object" to target, "id" to "left", "set" to input["left"])
            carriedOut(workspace, create + ("now" to "2026-03-02T02:00:00Z"))
            session(workspace).findDuplicates(target, right)
                .any { found -> found.probability?.let { it >= table.threshold } ?: false }
        }
        check(together == listed && together == stored) {
            "a cluster of the table: $together; a pair of the table: $listed; found in a workspace: $stored"
        }
        val pair = engine.explainPair(target, left, right)
        return mapOf(
            "match" to together,
            "veto" to pair.veto,
            "related" to pair.related,
            "levels" to pair.evidence.associate { it.field to it.level },
            "probability" to plain(pair.probability),
            "weights" to pair.evidence.associate { it.field to plain(it.weight) },
            "frequencies" to pair.evidence.associate { field ->
                field.field to field.frequency?.let {
                    mapOf("of" to it.of, "at_most" to it.atMost?.toLong(), "more_than" to it.moreThan?.toLong())
                }
            },
        )
    }

    private fun deduped(): DedupeReport {
        val previous = input["previous"]?.node()?.let { json ->
            val records = json["records"]?.node().orEmpty()
            ClusterIds(records.keys.associateWith { records.text(it) }, json.texts("retired"))
        }
        return engine.dedupe(input.text("object"), rows(input.list("rows")), previous = previous)
    }

    private fun found(): Node {
        val report = deduped()
        val golden = engine.golden(input.text("object"), rows(input.list("rows")), report.clusters)
        val stable = report.stable?.let { stable ->
            // As a program keeps them from one run to the next.
            val next = ClusterIds.fromJson(stable.ids.toJson())
            mapOf(
                "ids" to stable.byRow,
                "next" to mapOf("records" to next.records, "retired" to next.retired),
                "changes" to stable.changes.map {
                    mapOf(
                        "cluster" to it.clusterId,
                        "previous" to it.previousId,
                        "rows" to it.rows.toLong(),
                        "change" to it.change.name.lowercase(),
                    )
                },
            )
        }
        return mapOf("clusters" to report.clusters.map { it.toLong() }, "golden" to golden.map(::plain)) + stable.orEmpty()
    }

    private fun plain(golden: GoldenRecord): Node = mapOf(
        "rows" to golden.rows.size.toLong(),
        "master" to golden.master.toLong(),
        "values" to plain(engine, golden.record),
        "traced" to golden.cells.map { it.field }.sorted(),
        "cells" to golden.cells.associate { cell ->
            cell.field to mapOf(
                "row" to cell.row.toLong(),
                "value" to told(cell.value),
                "rule" to cell.rule,
                "lost" to cell.lost.map { mapOf("row" to it.row.toLong(), "value" to told(it.value)) },
            )
        },
    )

    /** Values of a lineage stand as text: not every language tells their type. */
    private fun told(value: FieldValue): String? = plain(value)?.toString()

    private fun linked(): Node {
        val report = engine.link(
            input.text("object"),
            rows(input.list("left")),
            rows(input.list("right")),
            oneToOne = input["one_to_one"] == true,
        )
        fun shown(pairs: List<MatchedPair>) =
            pairs.map { mapOf("left" to it.left.toLong(), "right" to it.right.toLong()) }
        return mapOf("pairs" to shown(report.pairs), "related" to shown(report.related))
    }

    /** The engine with the weights that the case gives, or learns from a table. */
    private fun withModel(): Engine {
        val model = input.optional("model")
            ?: if ("learn" in input) engine.train(input.text("object"), rows(input.list("learn"))) else return engine
        return engine.withModel(model)
    }

    /** Over tables, and in a workspace into which they were brought: both must agree. */
    private fun measured(): Node {
        val tables = overTables()
        if (input["tables_only"] != true) {
            val workspace = loaded().use { session(it, null).kpis(kpiRequest(input), required) }
            val differences = judge(tables.map(::plain), workspace.map(::plain))
            check(differences.isEmpty()) {
                "over tables and in a workspace differ\n    " + differences.joinToString("\n    ")
            }
        }
        return mapOf("rows" to tables.map(::plain))
    }

    private fun overTables(): List<KpiValue> {
        val visits = input.list("visits").map { it.node() }.map {
            VisitRow(
                record = it.text("record"),
                stage = it.text("stage"),
                entered = Instant.parse(it.text("entered")),
                reason = it.optional("reason"),
            )
        }
        val stays = mapOf("opportunity" to visits)
        return engine.kpis(tables(input["data"]), stays, kpiRequest(input), required, locale)
    }

    private fun loaded(): Workspace {
        val workspace = Workspace.inMemory(engine)
        val data = input["data"].node()
        check(LOADED.containsAll(data.keys)) { "it is not said when ${data.keys - LOADED.toSet()} is to be loaded" }
        for (target in LOADED) {
            for (row in data.list(target).map { it.node() }) {
                val id = row.text("id")
                val common = mapOf("object" to target, "id" to id, "set" to row - "id", "operation" to "import")
                val how = if (target == "opportunity") {
                    val stays = input.list("visits").filter { it.node()["record"] == id }
                    mapOf("do" to "import_history", "process" to "sale", "visits" to stays)
                } else {
                    mapOf("do" to "create")
                }
                carriedOut(workspace, common + how)
            }
        }
        return workspace
    }

    private fun plain(row: KpiValue): Node = mapOf(
        "metric" to row.metric,
        "part" to row.part,
        "group" to row.group.associate { it.key to plain(it.value) },
        "value" to plain(row.value),
        "undefined" to row.undefined?.reason,
        "unit" to row.unit,
        "currency" to row.currency,
        "n" to row.n.toLong(),
        "numerator" to plain(row.numerator),
        "denominator" to plain(row.denominator),
        "excluded" to row.excluded.map { mapOf("reason" to it.reason, "count" to it.count.toLong()) },
        "censored" to row.censored.toLong(),
        "reopened" to row.reopened.toLong(),
        "small_sample" to row.smallSample,
        "partial_window" to row.partialWindow,
        "basis" to row.basis.name.lowercase(),
        "numerator_ids" to row.numeratorIds,
        "denominator_ids" to row.denominatorIds,
    )

    private fun failed(): Node = try {
        call()
        mapOf("code" to null, "suggestion" to null, "lints" to emptyList<Node>())
    } catch (error: QudaoException) {
        val lints = (error as? QudaoException.Blueprint)?.lints.orEmpty().filter { it.severity == Severity.ERROR }
        mapOf(
            "code" to error.stableCode,
            "suggestion" to error.suggestion,
            TEXT to error.userMessage,
            "lints" to lints
                .sortedWith(compareBy({ it.line }, { it.path }, { it.code }))
                .map {
                    mapOf(
                        "code" to it.code,
                        "line" to it.line?.toLong(),
                        "path" to it.path,
                        "suggestion" to it.suggestion,
                        TEXT to it.text,
                    )
                },
        )
    }

    private fun call() {
        when (val name = input.text("call")) {
            "from_yaml" -> Engine.fromYaml(input.text("yaml")).close()
            "validate" -> validated()
            "dedupe" -> deduped()
            "kpis" -> overTables()
            else -> inWorkspace { workspace ->
                when (name) {
                    "get" -> session(workspace).get(input.text("object"), input.text("id"))
                    "next_steps" -> nextSteps(session(workspace))
                    "submit" -> submit(workspace, input["command"].node())
                    "query" -> session(workspace).query(query(input["query"].node()), required)
                    "session_kpis" -> session(workspace).kpis(kpiRequest(input), required)
                    "export_log" -> session(workspace).exportLog(0u, 100u)
                    "session_of" -> workspace.sessionOf(input.text("user"), locale)
                    else -> error("there is no call $name")
                }
            }
        }
    }
}
