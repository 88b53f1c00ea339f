import Client
import PopulusEvents

/// Shows how an upload goes on.
final class UploadView: EventListener {
    private let display: ProgressDisplay
    private let named: NamedLines
    /// The bytes of the input, where they are known.
    private let size: Int?

    init(_ display: ProgressDisplay, size: Int?) {
        (self.display, self.size) = (display, size)
        named = NamedLines(display)
    }

    func hear(_ event: UploadEvent) {
        switch event {
        case .started: break
        case .waiting(let absence): display.line(absence.text)
        case .lineRefused(let number, let reason): named.say("line \(number): left out: \(reason.words)")
        case .lineIsOther(let number, let reason):
            named.say("line \(number): uploaded as other: \(reason.words)")
        case .reportRefused(let line, let error):
            named.say("line \(line): refused by the Leader: \(UploadCommand.explain(error))")
        case .requestsAreSmaller(let reports, let bytes):
            display.line(
                "larger requests were refused for their size: going on with \(counted(reports, "report")) in "
                    + "\(bytes) bytes")
        case .settled(let progress):
            display.update(
                "\(counted(progress.tally.accepted, "report")) uploaded",
                fraction: size.flatMap { $0 > 0 ? Double(progress.bytes) / Double($0) : nil })
        case .finished, .failed: break
        }
    }

    /// Nothing more happens: says how many lines were not named.
    func end() {
        display.clear()
        named.sayRest()
    }
}

extension LineRefusal {
    fileprivate var words: String {
        switch self {
        case .tooLong(let bytes): "too long: it has \(bytes) bytes"
        case .noLine(let fault): fault.words
        case .noMeasurement(let error): error.description
        }
    }
}

extension InputLine.Fault {
    var words: String {
        switch self {
        case .carriageReturn:
            "it has a carriage return (CR) inside; lines end at LF or CRLF, and --binary takes it as it is"
        }
    }
}
