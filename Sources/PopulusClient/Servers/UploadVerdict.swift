import PopulusDAP
import PopulusWireCodec

/// What the Leader's answer says of the reports of a request.
enum UploadVerdict: Hashable, Sendable {
    /// It has all but these.
    case settled(refused: [ReportID: ReportError])
    /// The request is refused as a whole: a smaller one may do.
    case tooMuch(ServerFailure)
    /// None of them counts as uploaded; they are sent again.
    case later(ServerFailure)

    /// Reads an answer.
    ///
    /// The draft lets a server use any status of a class. Here 200 is expected with no body, and 201, the word of earlier
    /// drafts: 204 and 202 are what a page of a network's owner says, and a report that is taken for uploaded and is not is
    /// lost. A list of refused reports is a Leader's word whatever the status of the 200s.
    ///
    /// Spec: DAP §4.4.2
    init(_ answer: TransportAnswer, sent: Set<ReportID>) {
        let type = answer.fields["content-type"]
        let isList = MediaType.uploadErrors.matches(type)
        switch answer.status {
        case 200..<300:
            if answer.body.isEmpty, [200, 201].contains(answer.status), type == nil || isList {
                self = .settled(refused: [:])
            } else if !answer.body.isEmpty, isList, let errors = try? UploadErrors(decoding: answer.body),
                errors.status.allSatisfy({ sent.contains($0.id) })
            {
                // A list that does not decode, or names others, is no Leader's word.
                self = .settled(
                    refused: Dictionary(errors.status.map { ($0.id, $0.error) }, uniquingKeysWith: { one, _ in one }))
            } else {
                self = .later(ServerFailure(obstacle: .strange(.leader, status: answer.status)))
            }
        // A proxy's 400 is not the Leader's word on a report.
        case 413: self = .tooMuch(ServerFailure(answer, .leader))
        case 400 where ProblemDocument(decoding: answer.body)?.type == .invalidMessage:
            self = .tooMuch(ServerFailure(answer, .leader))
        default: self = .later(ServerFailure(answer, .leader))
        }
    }
}
