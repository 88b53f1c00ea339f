import Foundation
import PopulusDAP
import PopulusHTTPRequests

/// Both aggregators' HPKE configurations, and for how long they may be used.
package struct HpkeConfigs: Hashable, Sendable {
    package var leader: HpkeConfig
    package var helper: HpkeConfig
    /// Seconds for which both may be used again, from when they were asked for.
    package var freshFor: Double

    /// What is assumed where a server says nothing: keys change seldom, and one that has changed is refused and fetched.
    package static let usuallyFreshFor: Double = 3600

    package init(leader: HpkeConfig, helper: HpkeConfig, freshFor: Double = Self.usuallyFreshFor) {
        self.leader = leader
        self.helper = helper
        self.freshFor = freshFor
    }
}

/// Keeps the aggregators' HPKE configurations for as long as they allow, and the maker of reports with them.
///
/// Spec: DAP §4.4.1; RFC 9111
actor HpkeConfigCache {
    /// A maker, and which set of configurations it uses.
    struct Entry: Sendable {
        let maker: ReportMaker
        let generation: Int
    }

    private let fetch: @Sendable () async throws(UploadFailure) -> (maker: ReportMaker, freshFor: Double)
    private let clock = ContinuousClock()
    private var entry: Entry?
    private var fresh: ContinuousClock.Instant?
    private var fetching: Task<Result<Entry, UploadFailure>, Never>?

    init(fetch: @escaping @Sendable () async throws(UploadFailure) -> (maker: ReportMaker, freshFor: Double)) {
        self.fetch = fetch
    }

    /// The maker with configurations that may be used now.
    ///
    /// - Parameter outdated: the generation that an aggregator has refused; any later one will do.
    func maker(butNot outdated: Int? = nil) async throws(UploadFailure) -> Entry {
        if let entry, let fresh, clock.now < fresh, outdated.map({ entry.generation > $0 }) ?? true { return entry }
        // Whoever comes meanwhile waits for the same answer.
        let task = fetching ?? begin()
        return try await task.value.get()
    }

    private func begin() -> Task<Result<Entry, UploadFailure>, Never> {
        let began = clock.now
        let generation = (entry?.generation ?? 0) + 1
        let task = Task { () -> Result<Entry, UploadFailure> in
            do throws(UploadFailure) {
                let (maker, freshFor) = try await fetch()
                let entry = Entry(maker: maker, generation: generation)
                keep(entry, until: began + .seconds(min(max(freshFor, 0), 1e6)))
                return .success(entry)
            } catch {
                keep(nil, until: began)
                return .failure(error)
            }
        }
        fetching = task
        return task
    }

    private func keep(_ entry: Entry?, until: ContinuousClock.Instant) {
        if let entry {
            self.entry = entry
            fresh = until
        }
        fetching = nil
    }
}
