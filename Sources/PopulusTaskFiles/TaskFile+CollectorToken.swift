import PopulusDAP

extension TaskFile {
    /// The Collector's file with another token; nil for another role's.
    package func with(collectorToken: String) throws(TaskFileError) -> TaskFile? {
        guard case .collector(let own) = secrets else { return nil }
        return try TaskFile(
            taskID: taskID, configuration: configuration, encoding: encoding, walkCodePoints: walkCodePoints,
            secrets: .collector(.init(hpkeKey: own.hpkeKey, collectorToken: collectorToken)), clockSkew: clockSkew)
    }
}
