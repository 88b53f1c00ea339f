import PopulusDAP
import PopulusSchemes
import PopulusStringCodec
import PopulusVDAF
import PopulusWireCodec

/// A task as a client sees it, after the client has checked that it may take part.
///
/// Spec: DAP §4.2, §4.4.2
package struct ReportTask: Sendable {
    package let taskID: TaskID
    package let configuration: TaskConfiguration
    let vdaf: any EncodedVdaf
    let encoding: (any StringEncoding)?
    /// What every share's associated data begins with.
    let associatedDataPrefix: [UInt8]

    /// - Parameters:
    ///   - codePoints: the types of the walk's extensions.
    ///   - encoding: the name of how strings become bits, of a task that has strings; nothing where the caller makes
    ///     measurements by itself.
    /// - Throws: `unsupportedExtensions` for a task in which a client that does not know them must not take part,
    ///   `walkExtension` and `batchNoise` for one whose walks or whose noise are not of this version, `vdaf` for a VDAF that
    ///   is too large for this machine, `unknownEncoding`.
    package init(
        taskID: TaskID, configuration: TaskConfiguration, codePoints: WalkCodePoints = .provisional,
        encoding name: String? = nil
    ) throws(ReportTaskError) {
        let unsupported = configuration.unsupportedExtensions(walk: codePoints)
        guard unsupported.isEmpty else { throw .unsupportedExtensions(unsupported) }
        do throws(WalkExtensionError) {
            _ = try configuration.checkedWalkExtension(codePoints)
        } catch {
            throw .walkExtension(error)
        }
        do throws(BatchNoiseError) {
            _ = try configuration.batchNoise(codePoints)
        } catch {
            throw .batchNoise(error)
        }
        do throws(VDAFError) {
            vdaf = try configuration.vdaf.makeVdaf()
        } catch {
            throw .vdaf(error)
        }
        encoding = try name.map { name throws(ReportTaskError) in
            guard let encoding = StringEncodings.encoding(named: name, taskID: taskID.bytes) else {
                throw .unknownEncoding
            }
            return encoding
        }
        self.taskID = taskID
        self.configuration = configuration
        associatedDataPrefix = InputShareAad.prefix(taskID: taskID, taskConfiguration: configuration)
    }

    /// The same from the bytes that a task's file has.
    ///
    /// - Throws: `malformed` as well: 32 bytes are no task ID, or the configuration does not decode.
    package init(
        taskIDBytes: [UInt8], configurationBytes: [UInt8], codePoints: WalkCodePoints = .provisional,
        encoding name: String?
    ) throws(ReportTaskError) {
        guard let taskID = TaskID(bytes: taskIDBytes) else { throw .malformed(.badValue("task_id")) }
        let configuration: TaskConfiguration
        do throws(WireError) {
            configuration = try TaskConfiguration(decoding: configurationBytes)
        } catch {
            throw .malformed(error)
        }
        try self.init(taskID: taskID, configuration: configuration, codePoints: codePoints, encoding: name)
    }

    /// The length of an encoded report, to a few bytes.
    package var reportSize: Int { vdaf.reportSize }

    /// Bytes of randomness that a report takes.
    package var randSize: Int { vdaf.randSize }
}

// MARK: - Where reports go

extension ReportTask {
    /// Where the Leader's HPKE configurations are, by GET.
    ///
    /// Spec: DAP §4.4.1
    package var leaderKeysURL: String { configuration.leaderURL("hpke_config") }

    /// Where the Helper's HPKE configurations are, by GET.
    package var helperKeysURL: String { configuration.helperURL("hpke_config") }

    /// Where reports go, by POST: the reports' bytes one after the other.
    ///
    /// Spec: DAP §4.4.2
    package var uploadURL: String { configuration.leaderURL("tasks/\(taskID.base64URL)/reports") }

    /// The media type of such a request.
    ///
    /// Spec: DAP §9.1
    package static let uploadMediaType = "application/ppm-dap;message=upload-req"
}

extension EncodedVdaf {
    /// The length of an encoded report, to a few bytes.
    package var reportSize: Int {
        publicShareSize + inputShareSize(aggregatorID: 0) + inputShareSize(aggregatorID: 1) + 160
    }
}
