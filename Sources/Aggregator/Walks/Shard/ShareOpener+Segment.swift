import PopulusDAP
import PrefixWalk

extension ShareOpener {
    /// Opens a report's share and adds it to a part of a segment; otherwise says why not.
    ///
    /// - Parameter scratch: as `open` takes it.
    func add(
        _ head: ReportHead, _ ciphertext: HpkeCiphertextSlice, to part: inout SegmentPart, scratch: inout [UInt8]
    ) -> ReportError? {
        refusal(head, ciphertext, &scratch) { id, publicShare, inputShare throws(PrefixWalkError) in
            try part.append(reportID: id, publicShare: publicShare, inputShare: inputShare)
        }
    }

    /// What `add` would say, with nothing added.
    func refusal(
        of head: ReportHead, _ ciphertext: HpkeCiphertextSlice, addingTo shape: SegmentShape, scratch: inout [UInt8]
    ) -> ReportError? {
        refusal(head, ciphertext, &scratch) { id, publicShare, inputShare throws(PrefixWalkError) in
            try shape.check(reportID: id, publicShare: publicShare, inputShare: inputShare)
        }
    }

    /// What becomes of the opened share when `take` gets the report's ID and both of its shares.
    private func refusal(
        _ head: ReportHead, _ ciphertext: HpkeCiphertextSlice, _ scratch: inout [UInt8],
        _ take: (Span<UInt8>, Span<UInt8>, Span<UInt8>) throws(PrefixWalkError) -> Void
    ) -> ReportError? {
        do throws(ReportError) {
            try open(ciphertext, head: head, scratch: &scratch) { share throws(ReportError) in
                let id = head.metadata.reportID.bytes
                do { try take(id.span, head.publicShare.span, share.span) } catch { throw .invalidMessage }
            }
            return nil
        } catch {
            return error
        }
    }
}
