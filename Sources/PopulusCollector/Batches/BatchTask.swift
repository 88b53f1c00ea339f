import PopulusDAP
import PopulusVDAF

/// What a Collector knows of a task whose batches are collected as DAP has it, without walks.
package struct BatchTask: Sendable {
    package let id: TaskID
    package let configuration: TaskConfiguration
    /// The key to which the aggregators seal their shares.
    package let keyPair: HpkeKeyPair
    package let vdaf: any EncodedVdaf
    /// What each aggregator adds to its share.
    package let noise: BatchNoise?

    /// - Throws: `CollectorError.isAWalkTask` where the task has the walk extension,
    ///   `CollectorError.unsupportedExtensions` where it has one that this program does not know,
    ///   `CollectorError.batchNoise` where it has a noise that is not of this version.
    package init(
        id: TaskID, configuration: TaskConfiguration, codePoints: WalkCodePoints, keyPair: HpkeKeyPair
    ) throws(CollectorError) {
        let unsupported = configuration.unsupportedExtensions(walk: codePoints)
        guard unsupported.isEmpty else { throw .unsupportedExtensions(unsupported) }
        guard !configuration.extensions.contains(where: { $0.type == codePoints.task }) else { throw .isAWalkTask }
        do throws(BatchNoiseError) {
            noise = try configuration.batchNoise(codePoints)
        } catch {
            throw .batchNoise(error)
        }
        do throws(VDAFError) {
            vdaf = try configuration.vdaf.makeVdaf()
        } catch {
            throw .inconsistent("the task's VDAF has impossible parameters")
        }
        self.id = id
        self.configuration = configuration
        self.keyPair = keyPair
    }
}

extension TaskConfiguration {
    /// The bytes that ask for one batch.
    ///
    /// - Parameter aggregationParameter: empty for Prio3.
    package func collectionRequest(_ query: Query, aggregationParameter: [UInt8] = []) -> [UInt8] {
        CollectionJobReq(query: query, aggregationParameter: aggregationParameter).encoded()
    }
}
