import PopulusDAP
import PopulusVDAF
import PrefixWalk

/// The Helper's answer to step 0's init request, packed as the engine takes it.
struct InitResponse: Sendable {
    /// Reports that the Helper answered with a message.
    private(set) var respondents: ReportBitmap
    /// The combined message and the Helper's second-round share, a respondent.
    private(set) var messages: [UInt8] = []
    private(set) var refusals: [ReportError: Int] = [:]

    /// - Throws: `Failure.helperMisbehaved`.
    init(decoding body: [UInt8], reports: [BoundReport], sizes: Poplar1.LevelSizes) throws {
        respondents = ReportBitmap(count: reports.count)
        let response = try AggregationJobResp(answer: body)
        guard response.verifyResps.map(\.reportID) == reports.map(\.id) else {
            throw Failure.helperMisbehaved("its report IDs are not the request's")
        }
        messages.reserveCapacity(sizes.continuation * reports.count)
        for (place, answer) in response.verifyResps.enumerated() {
            switch answer.outcome {
            case .finish: throw Failure.helperMisbehaved("it finishes a report too early")
            case .reject(let error): refusals[error, default: 0] += 1
            case .continue(let payload):
                // Whatever is wrong with it, the answer as a whole is.
                guard case .continue(let message, let share)? = try? PingPongMessage(decoding: payload),
                    message.count == sizes.sketch, share.count == sizes.verdict
                else { throw Failure.helperMisbehaved("a verification message does not decode") }
                messages += message
                messages += share
                respondents[place] = true
            }
        }
    }
}
