import PopulusDAP

/// What a store forgets, in a task that says how old a report may be.
///
/// An ID that is forgotten can come again, and nobody would know it. So a store keeps a floor, which only rises, and raises it in
/// the transaction that forgets: reports of an earlier time are refused for ever, whatever any clock says (rule 1).
package protocol StoreExpiry {
    /// Reports of an earlier time may have been forgotten, in units of the task's time precision; 0 where none was.
    ///
    /// Whoever stores or binds a report looks at it in that very transaction.
    func forgottenBefore() throws -> UInt64

    /// Goes over reports of an earlier time than `end`, by time and row, and gives those that nothing needs any more:
    ///
    /// - what no job has and is erased, or waits in no bucket of a walk that goes on;
    /// - what a job has had that has ended, with its walk if it is a shard, once what is kept of it is erased.
    ///
    /// - Parameters:
    ///   - last: behind it the page begins.
    ///   - limit: how many are looked at.
    func expiredReports(before end: UInt64, after last: ExpiredPage.End?, limit: Int) throws -> ExpiredPage

    /// Forgets reports that were found in this transaction (``expiredReports(before:after:limit:)``), uploads that wait
    /// included, and raises the floor above the latest of their times.
    func forgetReports(_ reports: [ExpiredReport]) throws

    /// Gives back the room of uploads that were forgotten, where that is work of its own; what is in use stays for the next time.
    ///
    /// Uploads of the task wait for it, so it is asked for once a turn, behind the last page.
    func returnForgottenRoom() throws

    /// Some resources that were released or failed before a time, in seconds since the Epoch, of a batch or of a walk that has
    /// ended; oldest first. Where an earlier version answered, the time when they were made stands for it.
    func expiredResources(before time: UInt64, limit: Int) throws -> [ResourceID]
}

/// A report whose ID may be forgotten.
package struct ExpiredReport: Sendable, Equatable {
    package let row: Int64
    /// In units of the task's time precision.
    package let time: UInt64
    /// Whether it is an upload that waits: with its bytes, and in no job.
    package let waits: Bool

    package init(row: Int64, time: UInt64, waits: Bool) {
        (self.row, self.time, self.waits) = (row, time, waits)
    }
}

/// A part of what a store may forget.
package struct ExpiredPage: Sendable, Equatable {
    /// Where a page ends: the report that was looked at last.
    package struct End: Sendable, Equatable {
        package let time: UInt64
        package let row: Int64

        package init(time: UInt64, row: Int64) { (self.time, self.row) = (time, row) }
    }

    package let reports: [ExpiredReport]
    /// Nothing where there is no further page.
    package let end: End?

    package init(_ reports: [ExpiredReport], end: End?) { (self.reports, self.end) = (reports, end) }
}
