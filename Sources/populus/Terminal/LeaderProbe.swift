import Client
import Collector
import HTTPRequests

extension DAPRequester {
    /// Asks for a resource that every aggregator has, to see whether one is there.
    func probe(_ address: String) async throws(CollectorError) {
        do throws(DAPRequestError) {
            // A page of a proxy is none: whoever answers must be an aggregator.
            _ = try HTTPUploadTransport.firstUsable(in: try await send(DAPRequest(.get, address)), of: address)
        } catch {
            throw CollectorError(error)
        }
    }
}
