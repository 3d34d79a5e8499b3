import Foundation
import QudaoCore

extension Engine {
    /// Finds duplicates in a table beside the task, and tells `progress` the share of the work that is done, from 0 to 1. A task that
    /// is cancelled ends the search within a fraction of a second, with `CancellationError`; nothing is half done.
    public func dedupe(
        _ object: String, _ rows: [[String: FieldValue]], threshold: Foundation.Decimal? = nil, previous: ClusterIds? = nil,
        threads: UInt32? = nil, locale: String? = nil, progress: (@Sendable (Double) -> Void)? = nil
    ) async throws -> DedupeReport {
        try await watched(progress) { listener in
            try self.dedupe(
                object: object, rows: rows, threshold: threshold, previous: previous, threads: threads, listener: listener,
                locale: locale)
        }
    }

    /// Finds rows of one table in another beside the task; `progress` and cancelling are as in `dedupe`.
    public func link(
        _ object: String, _ left: [[String: FieldValue]], _ right: [[String: FieldValue]], threshold: Foundation.Decimal? = nil,
        oneToOne: Bool = false, threads: UInt32? = nil, locale: String? = nil, progress: (@Sendable (Double) -> Void)? = nil
    ) async throws -> LinkReport {
        try await watched(progress) { listener in
            try self.link(
                object: object, left: left, right: right, threshold: threshold, oneToOne: oneToOne, threads: threads,
                listener: listener, locale: locale)
        }
    }

    /// Learns the weights of a matching rule from a table beside the task; `progress` and cancelling are as in `dedupe`.
    public func train(
        _ object: String, _ rows: [[String: FieldValue]], labels: [PairLabel] = [], threads: UInt32? = nil,
        locale: String? = nil, progress: (@Sendable (Double) -> Void)? = nil
    ) async throws -> String {
        try await watched(progress) { listener in
            try self.train(
                object: object, rows: rows, labels: labels, threads: threads, listener: listener, locale: locale)
        }
    }
}

/// Works on a thread that no task waits for.
private func watched<T: Sendable>(
    _ progress: (@Sendable (Double) -> Void)?, _ work: @escaping @Sendable (ProgressListener) throws -> T
) async throws -> T {
    let listener = TaskListener(progress)
    return try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global(qos: .userInitiated).async {
                do {
                    continuation.resume(returning: try work(listener))
                } catch QudaoError.Cancelled {
                    continuation.resume(throwing: CancellationError())
                } catch {
                    continuation.resume(throwing: error)
                }
            }
        }
    } onCancel: {
        listener.cancel()
    }
}

/// Goes on until its task is cancelled.
private final class TaskListener: ProgressListener, @unchecked Sendable {
    private let progress: (@Sendable (Double) -> Void)?
    // Whoever cancels is on another thread.
    private let lock = NSLock()
    private var cancelled = false

    init(_ progress: (@Sendable (Double) -> Void)?) { self.progress = progress }

    func cancel() { lock.withLock { cancelled = true } }

    func onProgress(done: Double) -> Bool {
        if lock.withLock({ cancelled }) { return false }
        progress?(done)
        return true
    }
}
