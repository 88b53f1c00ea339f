import Client
import Foundation
import PopulusCollector
import PopulusDAP
import PopulusTaskFiles

/// What a run of `populus collect` asks for.
struct CollectQuestion {
    let query: Query
    let candidates: CandidateList?
    /// A `CollectionJobReq`.
    let request: [UInt8]

    init(_ command: CollectCommand, _ taskFile: TaskFile) throws {
        let configuration = taskFile.configuration
        do throws(BatchQueryError) {
            query = try BatchQuery(since: command.since?.seconds, until: command.until?.seconds)
                .query(for: configuration)
        } catch {
            throw CommandFailure(.refused, error.explained(configuration))
        }
        candidates = try Self.candidates(command, taskFile)
        request = configuration.collectionRequest(
            query, aggregationParameter: candidates?.aggregationParameter ?? [])
    }

    /// The request for the beginning of the interval, up to `cut` in seconds since the Epoch.
    func request(cutAt cut: UInt64, _ configuration: TaskConfiguration) -> [UInt8] {
        configuration.collectionRequest(
            query.ending(at: cut, precision: configuration.timePrecision),
            aggregationParameter: candidates?.aggregationParameter ?? [])
    }

    /// A query in words.
    static func words(_ query: Query, _ precision: TimePrecision) -> String {
        switch query {
        case .leaderSelected: "the next batch"
        case .timeInterval(let interval):
            "\(Moment.text(interval.start.secondsSinceEpoch(precision: precision))) until "
                + "\(interval.end.map { Moment.text($0.secondsSinceEpoch(precision: precision)) } ?? "for ever")"
        }
    }

    private static func candidates(_ command: CollectCommand, _ taskFile: TaskFile) throws -> CandidateList? {
        guard let bits = taskFile.configuration.vdaf.stringBits else {
            guard command.candidates == nil else {
                throw CommandFailure(
                    .refused, "--candidates is for Poplar1; this task is \(taskFile.configuration.vdaf)")
            }
            return nil
        }
        guard let path = command.candidates else {
            throw CommandFailure(
                .refused,
                "a Poplar1 task counts candidates: give --candidates FILE, one string a line (with --prefixes, "
                    + "beginnings of one length)")
        }
        let lines = try strings(of: path, command)
        let encoding = try encoding(of: taskFile)
        do throws(CandidateError) {
            return try CandidateList(
                lines: lines, kind: command.prefixes ? .beginnings : .strings, bits: bits, encoding: encoding)
        } catch {
            throw CommandFailure(.data, "\(InputFile.name(of: path)): \(explain(error))")
        }
    }

    /// The strings that the lines of a file stand for, with the lines' numbers.
    private static func strings(
        of path: String, _ command: CollectCommand
    ) throws(CommandFailure) -> [(number: Int, value: [UInt8])] {
        let value = try command.values.lineValue()
        var strings: [(number: Int, value: [UInt8])] = []
        var known: Set<[UInt8]> = []
        for line in try InputFile(path).lines(command.input.form, command: command.words(candidates: "-")) {
            do throws(URLRefusal) {
                let string = try value.string(of: line.value)
                // Different URLs can stand for one string; a line that is there twice as it is was not meant so.
                guard command.values.value == .raw || known.insert(string).inserted else { continue }
                strings.append((line.number, string))
            } catch {
                throw CommandFailure(.data, "\(InputFile.name(of: path)): line \(line.number): \(error)")
            }
        }
        return strings
    }

    private static func explain(_ error: CandidateError) -> String {
        switch error {
        case .empty: "has no line that is not empty"
        case .unencodable(let line, let reason): "line \(line): \(reason)"
        case .otherLength(let line, let other):
            "line \(line) has another length than line \(other): beginnings that are counted together have one length"
        case .repeated(let line, let other): "line \(line) is line \(other) again"
        }
    }
}
