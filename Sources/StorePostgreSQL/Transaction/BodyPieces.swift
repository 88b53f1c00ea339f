#if PostgreSQL
import PopulusDAP

/// Something with an ID and bytes, many of which are stored by one statement.
protocol BodyOfReport {
    var reportID: ReportID { get }
    var byteCount: Int { get }
}

extension Array where Element: BodyOfReport {
    /// So many, since a statement's parts are joined each with each, and so many bytes, since the server would put more into
    /// files: what a statement costs by itself is small then beside what its bodies cost.
    private static var greatestCount: Int { 64 }
    private static var greatestBytes: Int { 2 << 20 }

    /// Pieces of which each is one statement's, in order: none has an ID twice.
    var pieces: [ArraySlice<Element>] {
        var pieces: [ArraySlice<Element>] = []
        var (first, bytes): (Int, Int) = (0, 0)
        var ids: Set<ReportID> = []
        for (index, element) in enumerated() {
            let isFull =
                index - first == Self.greatestCount || bytes > 0 && bytes + element.byteCount > Self.greatestBytes
            if isFull || ids.contains(element.reportID) {
                pieces.append(self[first..<index])
                (first, bytes, ids) = (index, 0, [])
            }
            ids.insert(element.reportID)
            bytes += element.byteCount
        }
        if first < count { pieces.append(self[first...]) }
        return pieces
    }
}
#endif
