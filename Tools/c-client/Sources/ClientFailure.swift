import CPopulusClient
import PopulusDurableFiles

/// Why a call failed, as C hears of it; it never says what a measurement is.
struct ClientFailure: Error {
    let status: populus_client_status
    /// What would be right, for a developer.
    let text: String

    init(_ status: populus_client_status, _ text: String) {
        self.status = status
        self.text = text
    }

    static func invalidArgument(_ name: String, _ what: String = "must not be NULL") -> ClientFailure {
        ClientFailure(POPULUS_CLIENT_INVALID_ARGUMENT, "\(name) \(what)")
    }

    static func badTask(_ why: String) -> ClientFailure {
        ClientFailure(POPULUS_CLIENT_BAD_TASK, "the task file cannot be used: \(why)")
    }

    /// What went wrong with a file of the queue.
    init(_ error: DurableFileError) {
        self.init(error.cause == .full ? POPULUS_CLIENT_DISK_FULL : POPULUS_CLIENT_DISK, error.description)
    }
}

/// Does what a call asks for; its status is told, and the failure where there is room for it.
func answer(
    _ error: UnsafeMutablePointer<populus_client_error>?, _ body: () throws(ClientFailure) -> Void
) -> populus_client_status {
    do throws(ClientFailure) {
        try body()
        return POPULUS_CLIENT_OK
    } catch let failure {
        error?.pointee.status = failure.status
        if let error { write(failure.text, to: error) }
        return failure.status
    }
}

/// Writes a text with a NUL behind it, cut between two characters where it is too long.
private func write(_ text: String, to error: UnsafeMutablePointer<populus_client_error>) {
    withUnsafeMutableBytes(of: &error.pointee.text) { room in
        var end = 0
        for character in text {
            let bytes = character.utf8
            guard end + bytes.count < room.count else { break }
            for byte in bytes {
                room[end] = byte
                end += 1
            }
        }
        for place in end..<room.count { room[place] = 0 }
    }
}

/// What a sentence about each status is; the library's for ever.
func words(for status: populus_client_status) -> StaticString {
    switch status {
    case POPULUS_CLIENT_OK: "all is well"
    case POPULUS_CLIENT_NOTHING: "no report is waiting to be sent"
    case POPULUS_CLIENT_INVALID_ARGUMENT: "an argument is NULL or out of its range"
    case POPULUS_CLIENT_BAD_TASK: "the task file is no client's file of this version"
    case POPULUS_CLIENT_BAD_KEYS: "an aggregator's keys cannot be used"
    case POPULUS_CLIENT_NO_KEYS: "an aggregator's keys are missing or too old: fetch and set them"
    case POPULUS_CLIENT_KEY_NOT_PINNED: "an aggregator has none of the pinned keys"
    case POPULUS_CLIENT_BAD_MEASUREMENT: "the task does not take this measurement"
    case POPULUS_CLIENT_NO_CONSENT: "there is no consent to reports"
    case POPULUS_CLIENT_WINDOW_FULL: "the window has its reports already"
    case POPULUS_CLIENT_QUEUE_FULL: "the queue is at its limits"
    case POPULUS_CLIENT_NO_QUEUE: "the client has no open queue"
    case POPULUS_CLIENT_QUEUE_IN_USE: "another client has the queue"
    case POPULUS_CLIENT_QUEUE_DAMAGED: "a file of the queue is damaged and was put aside"
    case POPULUS_CLIENT_DISK_FULL: "the disk is full"
    case POPULUS_CLIENT_DISK: "the system refused something about a file"
    case POPULUS_CLIENT_UNKNOWN_REPORT: "the queue has no report of that ID"
    case POPULUS_CLIENT_FAILED: "the report could not be made"
    default: "no status of this version"
    }
}
