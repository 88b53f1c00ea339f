import PopulusDAP

/// What one role does on the test runner's commands.
package protocol TestRole: Sendable {
    var role: Role { get }

    /// Carries out a command that this role serves.
    ///
    /// - Parameter body: the request's JSON.
    func answer(_ endpoint: TestEndpoint, body: [UInt8]) async throws(InteropError) -> Answer
}
