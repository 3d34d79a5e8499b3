// Duplicates while somebody types, from Swift: `cargo xtask bench live` runs it.
//
// What is timed is the whole call, arguments and answer carried across included: by the wall, and by the processor, as on a busy
// machine the wall has slices of the scheduler in it.

import Foundation
import Qudao

guard let file = CommandLine.arguments.dropFirst().first else {
    fatalError("give the path of the workspace")
}
let fields = ["name", "address", "phone", "email", "tax_id"]
let lines = try String(contentsOfFile: file + ".questions.tsv", encoding: .utf8).split(separator: "\n")
let questions = lines.map { line -> (kind: String, draft: [String: FieldValue]) in
    let parts = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    var draft: [String: FieldValue] = [:]
    for (field, value) in zip(fields, parts.dropFirst()) where !value.isEmpty {
        draft[field] = .text(value: value)
    }
    return (parts[0], draft)
}

/// What the processor has done for this thread, in milliseconds.
func worked() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) * 1e3 + Double(time.tv_nsec) / 1e6
}

func told(_ times: [Double]) -> String {
    let sorted = times.sorted()
    func at(_ share: Double) -> String { String(format: "%.3f", sorted[Int(Double(sorted.count - 1) * share)]) }
    return "p50 \(at(0.5)), p90 \(at(0.9)), p99 \(at(0.99)), most \(at(1.0))"
}

let engine = try Engine.fromFile(path: file + ".yaml")
let workspace = try Workspace.open(path: file, engine: engine)
let session = try workspace.session(actor: Actor(id: "bench"), locale: "en")
for kind in ["form", "typing"] {
    let asked = questions.filter { $0.kind == kind }.map(\.draft)
    for round in ["first", "again"] {
        var found = 0
        var times: [Double] = []
        var processor: [Double] = []
        for draft in asked {
            let (begun, before) = (DispatchTime.now().uptimeNanoseconds, worked())
            if try !session.findDuplicates(of: draft, object: "account").isEmpty { found += 1 }
            processor.append(worked() - before)
            times.append(Double(DispatchTime.now().uptimeNanoseconds - begun) / 1e6)
        }
        print(
            "Swift, \(kind), \(round): \(times.count) questions, \(found) with an answer; "
                + "ms: \(told(times)); processor \(told(processor))")
    }
}
