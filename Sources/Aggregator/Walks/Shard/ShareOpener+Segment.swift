import DAP
import PrefixWalk

extension ShareOpener {
    /// Opens a report's share and adds it to the segment; otherwise says why not.
    ///
    /// - Parameter scratch: as `open` takes it.
    func add(
        _ head: ReportHead, _ ciphertext: HpkeCiphertextSlice, to builder: inout SegmentBuilder,
        scratch: inout [UInt8]
    ) -> ReportError? {
        let added = open(ciphertext, head: head, scratch: &scratch) { share -> Result<Void, ReportRefusal> in
            let reportID = head.metadata.reportID.bytes
            do {
                try builder.append(
                    reportID: reportID.span, publicShare: head.publicShare.span, inputShare: share.span)
                return .success(())
            } catch {
                return .failure(ReportRefusal(error: .invalidMessage))
            }
        }
        if case .failure(let refusal) = added { return refusal.error }
        return nil
    }

    /// What `add` would say, with nothing added.
    func refusal(
        of head: ReportHead, _ ciphertext: HpkeCiphertextSlice, addingTo builder: borrowing SegmentBuilder,
        scratch: inout [UInt8]
    ) -> ReportError? {
        let checked = open(ciphertext, head: head, scratch: &scratch) { share -> Result<Void, ReportRefusal> in
            let reportID = head.metadata.reportID.bytes
            do {
                try builder.check(reportID: reportID.span, publicShare: head.publicShare.span, inputShare: share.span)
                return .success(())
            } catch {
                return .failure(ReportRefusal(error: .invalidMessage))
            }
        }
        if case .failure(let refusal) = checked { return refusal.error }
        return nil
    }
}
