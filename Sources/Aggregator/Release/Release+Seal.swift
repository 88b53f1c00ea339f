import PopulusDAP
import PopulusDifferentialPrivacy
import PopulusVDAF

/// A sum as it may leave: within its bounds, noised, and sealed to the Collector.
struct SealedRelease: Sendable {
    let release: Release
    /// Of the aggregator that has sealed it.
    let role: Role
    fileprivate let share: HpkeCiphertext
}

extension Release {
    /// Noises a sum (rule 9), and seals this aggregator's share to the Collector.
    ///
    /// Every call draws fresh randomness for the seal: seal once, store, and give the stored bytes again (rule 6). The
    /// noise is the same each time.
    ///
    /// Spec: DAP §4.6.6, §4.6.7; <doc:WalkExtension>
    func sealed(by task: AggregatorTask, noiseKey: [UInt8]) throws -> SealedRelease {
        let base = AggregateShareAad(
            taskID: task.id, taskConfiguration: task.configuration, collectionJobReq: collection)
        let (share, aad): ([UInt8], [UInt8])
        switch subject {
        case .step(let total, let step, let parameter, let rules):
            var vector = try total.summed(parameter, rules)
            var stream = try NoiseStream(
                key: noiseKey, walk: step.walk, step: step.step, parameter: parameter.encode(),
                transcript: total.transcript)
            vector.addNoise(rules.bounds.noise, using: &stream)
            share = vector.encoded
            aad = WalkAggregateShareAad(
                base: base, batchSelector: selector, reportCount: count, checksum: checksum,
                lateRejections: lateRejections
            ).encoded()
        case .batch(let total, _): (share, aad) = (try noised(total, by: task, noiseKey: noiseKey), base.encoded())
        }
        do {
            return SealedRelease(
                release: self, role: task.role,
                share: try task.collectorConfig.seal(
                    share, label: .aggregateShare(sender: task.role), associatedData: aad))
        } catch {
            throw AggregatorError.internal("cannot seal to the collector's key: \(error)")
        }
    }

    /// A batch's sum as it may leave: with the noise of the task's extension, if it has one.
    private func noised(_ total: BatchBucket, by task: AggregatorTask, noiseKey: [UInt8]) throws -> [UInt8] {
        guard let noise = task.batchNoise else { return total.share }
        var stream = try NoiseStream(
            key: noiseKey, task: task.id, selector: selector, parameter: total.parameter, count: count,
            checksum: checksum, share: total.share)
        let distribution = DiscreteGaussian(variance: noise.variance)
        do throws(VDAFError) {
            return try task.vdaf.addNoise(to: total.share, aggregationParameter: total.parameter) {
                distribution.sample(using: &stream)
            }
        } catch {
            throw StoreError.damaged("aggregate share of a bucket")
        }
    }

    /// What a Leader asks its Helper.
    var request: (mediaType: MediaType, body: [UInt8]) {
        let request = AggregateShareReq(
            collectionJobReq: collection, batchSelector: selector, reportCount: count, checksum: checksum)
        guard case .step = subject else { return (.aggregateShareReq, request.encoded()) }
        return (
            .walkAggregateShareReq, WalkAggregateShareReq(request: request, lateRejections: lateRejections).encoded()
        )
    }
}

extension SealedRelease {
    /// What a Helper answers its Leader.
    var aggregateShare: [UInt8] { AggregateShare(encryptedAggregateShare: share).encoded() }

    /// What a Leader answers the Collector.
    func collection(with helperShare: HpkeCiphertext) -> [UInt8] {
        let result = CollectionJobResp(
            reportCount: release.count, interval: release.interval, leaderEncryptedAggregateShare: share,
            helperEncryptedAggregateShare: helperShare)
        guard case .step = release.subject else { return result.encoded() }
        return WalkCollectionJobResp(
            result: result, batchSelector: release.selector, checksum: release.checksum,
            lateRejections: release.lateRejections
        ).encoded()
    }
}
