import Aggregator
import PopulusDurableFiles

extension StoreError {
    /// Does something with a file; what the system refuses becomes the store's own error.
    ///
    /// - Parameter what: what is tried, such as "cannot write uploads".
    static func wrapping<Answer>(
        _ what: @autoclosure () -> String, _ body: () throws(DurableFileError) -> Answer
    ) throws(StoreError) -> Answer {
        do throws(DurableFileError) { return try body() } catch { throw StoreError(what(), error) }
    }
}
