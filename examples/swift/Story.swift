// A day at a maker of industrial electronics that sells through partners, as an app of its people has it.
//
// Customers and deals are brought in, a deal is driven through its gates, the numbers are read: all of it without a
// network. `cargo xtask test --only swift` compiles and runs it.

import Foundation
import Qudao

/// Tells the story on the files of `examples`.
public func tellStory(examples: URL, locale: String, say: @escaping (String) -> Void) throws {
    let engine = try Engine.fromFile(path: examples.appendingPathComponent("blueprints/channel.yaml").path)
    let workspace = try Workspace.inMemory(engine: engine)
    let director = Actor(id: "director", roles: ["sales_director"])
    let session = try workspace.session(actor: director, locale: locale)
    let story = Story(
        data: examples.appendingPathComponent("data"), workspace: workspace, session: session, locale: locale, say: say)
    try story.bringIn()
    let deal = try story.driveADeal()
    try story.keepToTheRules(deal)
    try story.readTheNumbers()
    say("rebuilt from the log alone, equal: \(try workspace.verify())")
}

private typealias Row = [String: String]

private struct Story {
    let data: URL
    let workspace: Workspace
    let session: Session
    let locale: String
    let say: (String) -> Void

    /// The last instant of 2025 in Shanghai, where the example data ends.
    let now = Date(timeIntervalSince1970: 1_767_196_800)

    /// Every row goes through the save path; what is refused comes back with its reasons.
    func bringIn() throws {
        let types = ["项目型": "project", "渠道型": "channel"]
        let accounts = try rows("accounts.csv").prefix(150)
        try imported(
            "accounts",
            accounts.map { row in
                let type = row["Customer Type"] ?? ""
                return .create(
                    "account",
                    [
                        "name": row.cell("Account Name"), "type": FieldValue(types[type] ?? type.lowercased()),
                        "tax_id": row.cell("Tax ID"), "phone": row.cell("Phone"), "city": row.cell("City"),
                    ], id: row["Account ID"])
            })
        let ids = Set(accounts.compactMap { $0["Account ID"] })
        try imported(
            "contacts",
            rows("contacts.csv").filter { ids.contains($0["Account"] ?? "") }.map { row in
                .create(
                    "contact",
                    [
                        "name": row.cell("Name"), "account": row.cell("Account"), "phone": row.cell("Phone"),
                        "email": row.cell("Email"),
                    ], id: row["Contact ID"])
            })
        let visits = Dictionary(grouping: try rows("visits.csv")) { $0["opportunity_id"] ?? "" }
        try imported(
            "deals with their past",
            rows("opportunities.csv").filter { ids.contains($0["account_id"] ?? "") }.map { row in
                let id = row["opportunity_id"] ?? ""
                return .importHistory(
                    object: "opportunity", id: id,
                    fields: [
                        "name": row.cell("name"), "account": row.cell("account_id"), "amount": yuan(row.cell("amount")),
                        "source": row.cell("source"), "loss_reason": row.cell("loss_reason"),
                    ], process: nil, visits: (visits[id] ?? []).map(past))
            })
    }

    /// An amount written in digits; anything else goes in as it is, and is refused.
    func yuan(_ cell: FieldValue) -> FieldValue {
        guard let text = cell.text, text.allSatisfy({ "0123456789.".contains($0) }), let amount = Decimal(string: text)
        else { return cell }
        return .money(amount: amount, currency: "CNY")
    }

    func past(_ row: Row) -> PastVisit {
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(secondsFromGMT: 8 * 3600)
        format.dateFormat = "yyyy-MM-dd HH:mm"
        func at(_ column: String) -> Date? { row[column].flatMap(format.date(from:)) }
        let reason = row["reason"] ?? ""
        return PastVisit(
            stage: row["stage"] ?? "", entered: at("entered") ?? now, left: at("left"),
            reason: reason.isEmpty ? nil : reason)
    }

    func imported(_ what: String, _ commands: [Command]) throws {
        let decisions = try commands.map { try session.submit($0, now: now, options: SubmitOptions(asImport: true)) }
        let refused = decisions.filter { !$0.isAllowed }
        say("\(what): \(commands.count - refused.count) brought in, \(refused.count) refused")
        let texts = Dictionary(grouping: refused.flatMap { $0.findings.map(\.text) }) { $0 }
        for (text, all) in texts.sorted(by: { ($1.value.count, $0.key) < ($0.value.count, $1.key) }).prefix(3) {
            say("  \(all.count) × \(text)")
        }
    }

    /// A deal of a project customer. Each stage says what it still needs.
    func driveADeal() throws -> String {
        let begun = SubmitOptions(occurredAt: now.addingTimeInterval(-40 * 86_400))
        let draft: [String: FieldValue] = ["name": "总部大楼配电监控", "account": "A0001"]
        let made = try session.submit(.create("opportunity", draft), now: now, options: begun)
        guard let deal = made.record?.id else { throw NotMade(why: made.findings.map(\.advice)) }
        say("What the next stages need:")
        for step in try session.nextSteps(opportunity: deal, now: now) {
            let needs = step.missing.map(\.text).joined(separator: "; ")
            say("  \(step.label): \(needs.isEmpty ? "-" : needs)")
        }
        try move(deal, to: "solution")
        var known: [String: FieldValue] = ["amount": .money(amount: 480_000, currency: "CNY")]
        known["expected_close"] = CalendarDate(year: 2026, month: 3, day: 31).map { FieldValue($0) }
        _ = try session.submit(.update("opportunity", deal, known), now: now)
        let decider: [String: FieldValue] = ["opportunity": FieldValue(deal), "contact": "K0001", "role": "decider"]
        _ = try session.submit(.create("contact_role", decider), now: now)
        try move(deal, to: "qualified")
        try move(deal, to: "solution")
        return deal
    }

    func move(_ deal: String, to stage: String) throws {
        switch try session.submit(.advance("opportunity", deal, to: stage), now: now) {
        case .allowed: say("\(stage): moved")
        case .blocked(let violations, _, _):
            say("\(stage): \(violations.map(\.advice).joined(separator: "; "))")
        }
    }

    /// Nobody sees more than the role allows, and an exception is a grant that the history shows.
    func keepToTheRules(_ deal: String) throws {
        let visitor = Actor(id: "visitor", roles: ["partner_rep"], partner: "P001")
        do {
            _ = try workspace.session(actor: visitor, locale: locale).get(object: "opportunity", id: deal)
            say("A representative of another partner sees the deal")
        } catch QudaoError.NotFound(_, let detail) {
            say("A representative of another partner: \(detail)")
        }
        let grant = Command.giveGrant(
            grant: "g1", object: "opportunity", id: deal, rule: "project_sale.bidding.entry.bid_date",
            reason: "framework contract, no tender", grantedTo: nil, expiresAt: nil)
        _ = try session.submit(grant, now: now)
        try move(deal, to: "bidding")
        for item in try session.history(object: "opportunity", id: deal) {
            let rules = item.granted.map { "by a grant: \($0)" } + item.failed
            say("  \(item.command) \(item.allowed ? "done" : "refused") \(rules.joined(separator: ", "))")
        }
    }

    /// Every number carries what was left out and the records behind it.
    func readTheNumbers() throws {
        let open = try session.query(
            QueryRequest(object: "opportunity", filter: "outcome == 'open'", limit: 3), now: now)
        say("\(open.total) open deals, the first: \(open.records.map(\.id).joined(separator: ", "))")
        let year = KpiRequest(
            metrics: ["win_rate", "weighted_pipeline"], from: CalendarDate("2025-01-01"), to: CalendarDate("2026-01-01"))
        for kpi in try session.kpis(year, now: now) {
            let number = kpi.value.map { "\($0)" } ?? kpi.undefined?.text ?? "-"
            let excluded = kpi.excluded.map { "\($0.count) \($0.text)" }.joined(separator: ", ")
            say("\(kpi.metric): \(number) \(kpi.currency ?? kpi.unit), n = \(kpi.n), left out: \(excluded)")
        }
    }

    func rows(_ file: String) throws -> [Row] {
        let lines = csv(try String(contentsOf: data.appendingPathComponent(file), encoding: .utf8))
        guard let heading = lines.first else { return [] }
        return lines.dropFirst().map { Row(zip(heading, $0)) { _, last in last } }
    }
}

/// The deal of the story was refused.
private struct NotMade: Error {
    let why: [String]
}

extension [String: String] {
    fileprivate func cell(_ column: String) -> FieldValue {
        guard let text = self[column], !text.isEmpty else { return .missing }
        return FieldValue(text)
    }
}

/// Comma-separated values, RFC 4180.
private func csv(_ text: String) -> [[String]] {
    var rows: [[String]] = []
    var row: [String] = []
    var cell = String.UnicodeScalarView()
    var quoted = false
    var closed = false
    for scalar in text.unicodeScalars where scalar != "\u{FEFF}" {
        if scalar == "\"" {
            // Two quotes inside of quotes are one.
            if !quoted && closed { cell.append(scalar) }
            closed = quoted
            quoted.toggle()
            continue
        }
        closed = false
        if quoted {
            cell.append(scalar)
        } else if scalar == "," || scalar == "\n" {
            row.append(String(cell))
            cell = String.UnicodeScalarView()
            if scalar == "\n" {
                rows.append(row)
                row = []
            }
        } else if scalar != "\r" {
            cell.append(scalar)
        }
    }
    if !row.isEmpty || !cell.isEmpty { rows.append(row + [String(cell)]) }
    return rows
}
