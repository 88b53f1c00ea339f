import PopulusDAP
import PopulusReportMaking
import PopulusSchemes
import PopulusStringCodec
import PopulusTaskFiles
import PopulusVDAF

/// The task of a client's file.
struct ClientTask: Sendable {
    let reports: ReportTask
    /// What the task takes, for people.
    let taken: String

    init(json: String) throws(PopulusClient.Failure) {
        let file: TaskFile
        do throws(TaskFileError) {
            file = try TaskFile(decoding: Array(json.utf8), path: "client.json")
        } catch {
            throw .task(Self.reason(error))
        }
        guard file.role == .client else {
            throw .task("it is the \(file.role.name)'s, with secrets in it; an app has the task's client.json")
        }
        do {
            try file.checkURLs()
        } catch {
            throw .task(ForeignText.escaped("\(error)"))
        }
        do throws(ReportTaskError) {
            reports = try ReportTask(
                taskID: file.taskID, configuration: file.configuration, codePoints: file.walkCodePoints,
                encoding: file.encoding)
        } catch {
            throw .task(error.description)
        }
        taken = Self.taken(by: file.configuration.vdaf, reports.stringCapacity)
    }

    private static func reason(_ error: TaskFileError) -> String {
        switch error {
        case .malformed(_, let reason), .outdated(_, let reason), .inconsistent(let reason): reason
        default: error.description
        }
    }

    private static func taken(by vdaf: VdafConfiguration, _ strings: String?) -> String {
        switch vdaf.form {
        case .string(let bits): strings ?? "strings of at most \(bits) bits"
        case .number(let maximum): "a whole number from 0 to \(maximum)"
        case .bucket(let count): "the number of a bucket, from 0 to \(count - 1)"
        case .vector(let length, let maximum): "\(length) whole numbers from 0 to \(maximum)"
        case .bits(let length, let most): "\(length) zeros and ones, of which at most \(most) are one"
        }
    }

    /// - Throws: `notOfTheTask`, which says what the task takes and nothing of the value.
    func measurement(of value: ReportValue) throws(PopulusClient.Failure) -> VdafMeasurement {
        do throws(ReportMakingError) {
            switch value {
            case .string(let string, let group): return try reports.measurement(of: string, group: group)
            case .number(let number): return try reports.measurement(of: number)
            case .numbers(let numbers): return try reports.measurement(of: numbers)
            case .other:
                if let other = reports.measurementOfOther { return other }
                throw ReportMakingError.noStrings
            }
        } catch {
            if case .other = value { throw .notOfTheTask("no code word for other strings: its encoding has none") }
            throw .notOfTheTask(taken)
        }
    }
}

/// What an app reports: a secret until it is sealed.
enum ReportValue: Sendable {
    case string([UInt8], group: [UInt8]?)
    case number(UInt64)
    case numbers([UInt64])
    case other

    init(_ report: PopulusClient.DefaultReport) {
        self =
            switch report {
            case .string(let string, let group): .string(Array(string.utf8), group: group.map { Array($0.utf8) })
            case .number(let number): .number(number)
            case .numbers(let numbers): .numbers(numbers)
            case .other: .other
            }
    }
}
