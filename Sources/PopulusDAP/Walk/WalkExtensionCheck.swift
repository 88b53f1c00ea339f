import PopulusWireCodec

/// Why a job's extensions are refused.
package enum ExtensionRefusal: Error, Hashable, Sendable {
    /// Code points that the task or this implementation does not know.
    case unsupported([UInt16])

    /// Out of order.
    case outOfOrder

    /// An extension that the task's batch mode or its task extensions demand is absent.
    case missing(UInt16)

    /// The data of an extension does not decode.
    case malformed(UInt16)
}

extension ExtensionRefusal {
    /// The problem type where a collection job carries the extensions.
    ///
    /// Spec: DAP §4.6.2
    package var collectionProblemType: ProblemType {
        if case .unsupported = self { .unsupportedExtension } else { .invalidExtension }
    }

    /// The problem type where an aggregation job carries the extensions.
    ///
    /// Spec: DAP §4.5.3.2, §5.2.2
    package var aggregationProblemType: ProblemType {
        if case .unsupported = self { .unsupportedExtension } else { .invalidMessage }
    }

    /// The code points for a problem document's `unsupported_extensions`.
    package var unsupportedExtensions: [UInt16]? {
        if case .unsupported(let types) = self { types } else { nil }
    }
}

extension CollectionJobReq {
    /// The walk and step of a collection job: present exactly if the task has walks.
    package func checkedWalk(
        of task: TaskConfiguration, _ codePoints: WalkCodePoints = .provisional
    ) throws(ExtensionRefusal) -> WalkJobExtension? {
        let hasWalks = task.extensions.data(ofType: codePoints.task) != nil
        let data = try extensions.checkedData(of: hasWalks ? [codePoints.collectionJob] : [])
        guard let data = data.first else { return nil }
        return try WalkJobExtension(of: codePoints.collectionJob, data)
    }
}

extension AggregationJobInitReq {
    /// The walk of an aggregation job, present exactly if the task has walks, and the batch that the Leader selected,
    /// present exactly in that batch mode.
    package func checkedExtensions(
        of task: TaskConfiguration, _ codePoints: WalkCodePoints = .provisional
    ) throws(ExtensionRefusal) -> (batchID: BatchID?, walk: WalkJobExtension?) {
        let batchType = AggregationJobExtension.leaderSelectedBatchIDType
        var types: [UInt16] = []
        if task.batchMode == .leaderSelected { types.append(batchType) }
        if task.extensions.data(ofType: codePoints.task) != nil { types.append(codePoints.aggregationJob) }
        let data = try extensions.checkedData(of: types)
        var batchID: BatchID?
        var walk: WalkJobExtension?
        for (type, bytes) in zip(types, data) {
            if type == batchType {
                guard let id = BatchID(bytes: bytes) else { throw .malformed(type) }
                batchID = id
            } else {
                walk = try WalkJobExtension(of: type, bytes)
            }
        }
        return (batchID, walk)
    }
}

extension WalkJobExtension {
    fileprivate init(of type: UInt16, _ data: [UInt8]) throws(ExtensionRefusal) {
        do {
            try self.init(decoding: data)
        } catch {
            throw .malformed(type)
        }
    }
}

extension Array where Element: ExtensionProtocol {
    /// The data of exactly the given types, in their order; anything else is refused.
    fileprivate func checkedData(of types: [UInt16]) throws(ExtensionRefusal) -> [[UInt8]] {
        let unknown = self.types(notIn: Set(types))
        guard unknown.isEmpty else { throw .unsupported(unknown) }
        guard isStrictlyIncreasing else { throw .outOfOrder }
        var found: [[UInt8]] = []
        for type in types {
            guard let data = data(ofType: type) else { throw .missing(type) }
            found.append(data)
        }
        return found
    }
}
