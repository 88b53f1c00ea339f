import Foundation
import Synchronization

/// An input, cut into batches on a thread of its own: a pipe may be silent for hours.
package final class UploadSource: Sendable {
    fileprivate struct State: ~Copyable {
        var reader: LineReader
        var batches = 0
    }

    /// What others see while a batch is being read.
    private final class Signs: Sendable {
        /// Whether no more is to be waited for.
        let isStopped = Atomic(false)
        let linesRead = Atomic(0)
    }

    private let state: Mutex<State>
    private let signs: Signs
    /// How long a line waits for others to fill a request.
    private let hold: Duration
    private let queue = DispatchQueue(label: "populus.input")

    /// - Parameters:
    ///   - file: stays the caller's to close.
    ///   - longestLine: the most bytes of a line that are kept.
    ///   - limit: how many bytes of a regular file are read.
    ///   - hold: how long a line waits for others to fill a request.
    package init(
        _ file: FileHandle, form: InputForm = InputForm(), longestLine: Int = LineReader.longestLine,
        limit: Int? = nil, hold: Duration = .seconds(1)
    ) {
        let signs = Signs()
        self.signs = signs
        self.hold = hold
        state = Mutex(
            State(
                reader: LineReader(file, form: form, longestLine: longestLine, limit: limit) {
                    signs.isStopped.load(ordering: .relaxed)
                }))
    }

    /// Makes an end of the input: lines that were read are given out, a line that is not whole is not.
    package func stop() { signs.isStopped.store(true, ordering: .relaxed) }

    /// The number of the last line that was given out.
    package var linesRead: Int { signs.linesRead.load(ordering: .relaxed) }

    /// What the input is, as far as its first bytes tell; nil if it may be text.
    package func look() async throws(InputError) -> NoText? {
        let found = await onQueue { source in
            source.state.withLock { state -> Result<NoText?, InputError> in
                do throws(InputError) { return .success(try state.reader.look()) } catch { return .failure(error) }
            }
        }
        return try found.get()
    }

    /// Reads over the lines that are settled.
    func skip(_ settled: UploadJournal.Progress) async throws(UploadFailure) {
        let skipped = await onQueue { source in
            source.state.withLock { state -> Result<Void, UploadFailure> in
                do throws(UploadFailure) { return .success(try state.skip(settled)) } catch { return .failure(error) }
            }
        }
        // An end that was asked for is not the input's.
        if case .failure = skipped, signs.isStopped.load(ordering: .relaxed) { throw .request(.cancelled) }
        try skipped.get()
    }

    /// The next lines; nil at the input's end.
    ///
    /// - Parameter count: the most lines that become reports.
    func next(of count: Int) async -> Result<UploadBatch?, UploadFailure> {
        await onQueue { source in
            source.state.withLock { state -> Result<UploadBatch?, UploadFailure> in
                do throws(UploadFailure) {
                    let batch = try state.next(of: count, hold: source.hold)
                    source.signs.linesRead.store(state.reader.linesRead, ordering: .relaxed)
                    return .success(batch)
                } catch {
                    return .failure(error)
                }
            }
        }
    }

    /// Does what may block elsewhere than on the threads that send.
    private func onQueue<Value: Sendable>(_ body: @escaping @Sendable (UploadSource) -> Value) async -> Value {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                queue.async { continuation.resume(returning: body(self)) }
            }
        } onCancel: {
            stop()
        }
    }
}

extension UploadSource.State {
    fileprivate mutating func skip(_ settled: UploadJournal.Progress) throws(UploadFailure) {
        for _ in 0..<settled.lines {
            guard case .line = try line(until: nil) else { throw .otherInput(lines: settled.lines) }
        }
        guard settled.lines == 0 || reader.digest == settled.digest else { throw .otherInput(lines: settled.lines) }
    }

    fileprivate mutating func next(of count: Int, hold: Duration) throws(UploadFailure) -> UploadBatch? {
        var batch = UploadBatch(number: batches)
        var deadline: ContinuousClock.Instant?
        while batch.lines.count < count, case .line(let line) = try line(until: deadline) {
            batch.through = line.number
            if line.length == 0 {
                batch.tally.empty += 1
            } else {
                batch.lines.append(line)
            }
            deadline = deadline ?? .now + hold
        }
        guard batch.through > 0 else { return nil }
        batch.digest = reader.digest
        batch.bytes = reader.bytesRead
        batches += 1
        return batch
    }

    private mutating func line(until deadline: ContinuousClock.Instant?) throws(UploadFailure) -> LineReader.Next {
        do throws(InputError) {
            return try reader.next(until: deadline)
        } catch {
            throw .input(error)
        }
    }
}
