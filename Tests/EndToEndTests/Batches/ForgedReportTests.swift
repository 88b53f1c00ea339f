import Client
import Foundation
import PopulusDAP
import PopulusHTTPRequests
import PopulusTaskFiles
import PopulusVDAF
import PopulusWireCodec
import Testing

extension EndToEnd {
    /// Reports that a client has tampered with are turned away, and counted nowhere but among the rejected.
    @Suite struct ForgedReports {
        /// How a report is forged.
        enum Forgery: CaseIterable {
            /// One share of the measurement is raised: together they are out of range.
            case measurement
            /// The proof is changed.
            case proof
            /// A share is too short.
            case length
            /// The Helper's share is sealed to another key.
            case key
            /// The Leader's share is sealed to another key.
            case leadersKey
        }

        /// Makes one report of each kind for a task of a variant, with the Client's own means.
        private func forged(
            _ file: TaskFile, _ measurement: VdafMeasurement, _ configs: HpkeConfigs
        ) throws -> [UInt8] {
            var request = WireWriter(capacity: 1 << 16)
            for forgery in Forgery.allCases {
                let foreign = HpkeKeyPair.generate(id: configs.helper.id).config
                let leaders = HpkeKeyPair.generate(id: configs.leader.id).config
                let maker = try ReportMaker(
                    taskID: file.taskID, configuration: file.configuration,
                    leader: forgery == .leadersKey ? leaders : configs.leader,
                    helper: forgery == .key ? foreign : configs.helper)
                let id = ReportID.random()
                var shares = try maker.shard(measurement, id: id)
                switch forgery {
                case .measurement: shares.inputShares[0][0] ^= 1
                case .proof:
                    // The Leader's share ends with the proof, or with the proof and a seed of 32 bytes.
                    let end = shares.inputShares[0].count - (shares.publicShare.isEmpty ? 0 : 32)
                    shares.inputShares[0][end - 8] ^= 1
                case .length: shares.inputShares[1].removeLast()
                case .key, .leadersKey: break
                }
                request.append(try maker.seal(shares, id: id))
            }
            return request.bytes
        }

        @Test(arguments: [
            (Variant.all[0], VdafMeasurement.integer(1)), (Variant.all[1], .integer(100)),
            (Variant.all[2], .vector(Array(repeating: 255, count: 10))), (Variant.all[3], .integer(9)),
            (Variant.all[4], .vector([1, 1, 1, 0, 0, 0, 0, 0, 0, 0])),
        ])
        func areTurnedAwayAndCounted(variant: Variant, measurement: VdafMeasurement) async throws {
            try await Deployment.with(scheme: variant.options, start: false) { deployment in
                try await deployment.start(.helper)
                try await deployment.start(.leader, options: deployment.admin(.leader))
                let file = try TaskFile(readingFrom: deployment.taskFile("client"), as: .client)
                let requester = DAPRequester()
                let transport = HTTPUploadTransport(
                    task: file.taskID, configuration: file.configuration, requester: requester)
                let request = try forged(file, measurement, try await transport.hpkeConfigs())
                let errors = try await transport.upload(request).errors
                #expect(errors.status.count <= 1, "\(errors)")
                let lines = try deployment.scratch.write(
                    Data(variant.lines.joined(separator: "\n").utf8), to: "lines")
                try await deployment.uploadAll(lines)

                let collected = try await deployment.collect(["--json"])
                let object = try CollectedObject(collected.stdout)
                #expect(object.result == variant.result() && object.reports == variant.lines.count)

                await requester.shutdown()
                let metrics = try await deployment.rejections()
                #expect(metrics["vdaf_verify_error"] == 2, "\(metrics)")
                #expect((metrics["invalid_message"] ?? 0) == 1, "\(metrics)")
                #expect((metrics["hpke_decrypt_error"] ?? 0) == 2, "\(metrics)")
                // The Collector learns who found what.
                let told = (object.members["rejections"] as? [[String: Any]])?.map { one in
                    "\(one["party"] ?? "") \(one["reason"] ?? "") \(one["count"] ?? "")"
                }
                #expect(
                    told == [
                        "leader hpke_decrypt_error 1", "helper hpke_decrypt_error 1", "helper vdaf_verify_error 2",
                        "helper invalid_message 1",
                    ])
            }
        }
    }
}

extension Deployment {
    /// The reports that the Leader has turned away, by reason.
    func rejections() async throws -> [String: Int] {
        var sums: [String: Int] = [:]
        for line in try await metrics(.leader).split(separator: "\n") {
            guard let match = line.firstMatch(of: /^populus_reports_rejected_total\{.*reason="([a-z_]+)".*\} ([0-9]+)/)
            else { continue }
            sums[String(match.1), default: 0] += Int(match.2) ?? 0
        }
        return sums
    }
}
