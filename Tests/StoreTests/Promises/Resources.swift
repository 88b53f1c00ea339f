import Aggregator
import PopulusDAP
import Testing

/// Collection jobs and aggregate shares (rule 6).
extension StorePromise {
    static let resources = [
        StorePromise("a resource comes back as it was stored, and is made once") { bench in
            var resource = ResourceRecord.numbered(1)
            try await bench.write { [resource] in try $0.insertResource(resource) }
            bench.expect(try await bench.read { try $0.resource(ResourceID(1)) }, is: resource, "a new one")
            try await bench.expectFailure("a second one of its ID") {
                try $0.insertResource(.numbered(1, digest: 2))
            }
            (resource.isClosed, resource.lastRow) = (true, 1 << 41)
            (resource.response, resource.failureStatus) = (bytes(5, count: 90_000), 409)
            for state in [ResourceRecord.State.running, .released, .failed, .deleted] {
                resource.state = state
                try await bench.write { [resource] in try $0.updateResource(resource) }
                bench.expect(try await bench.read { try $0.resource(ResourceID(1)) }, is: resource, "\(state)")
            }
            resource.request = []
            try await bench.write { [resource] in try $0.updateResource(resource) }
            bench.expect(try await bench.read { try $0.resource(ResourceID(1)) }, is: resource, "without its request")
            bench.expect(try await bench.read { try $0.resource(ResourceID(2)) }, is: nil, "one that is not there")
        },
        StorePromise("what a resource is about is kept") { bench in
            let subjects: [ResourceRecord.Subject] = [
                .step(WalkID(3), 0), .step(WalkID(3), 300), .batch([]), .batch([1, 2, 3]),
            ]
            try await bench.write { transaction in
                for (number, subject) in subjects.enumerated() {
                    try transaction.insertResource(
                        ResourceRecord(
                            id: ResourceID(number), about: subject, request: [1], requestDigest: bytes(number),
                            createdAt: 9))
                }
            }
            let found = try await bench.read { transaction in
                try subjects.indices.map { try transaction.resource(ResourceID($0))?.subject }
            }
            bench.expect(found, is: subjects, "all")
        },
        StorePromise("of those that the same bytes asked for the latest is found") { bench in
            try await bench.write { transaction in
                for (number, digest) in [(5, 1), (2, 1), (9, 2), (4, 1)] {
                    try transaction.insertResource(.numbered(number, digest: digest))
                }
            }
            let found = try await bench.read { transaction in
                try [1, 2, 3].map { try transaction.latestResource(requestDigest: bytes($0))?.id }
            }
            bench.expect(found, is: [ResourceID(4), ResourceID(9), nil], "by digest")
            // One that ended is still the latest.
            try await bench.write { transaction in
                var resource = ResourceRecord.numbered(4)
                resource.state = .deleted
                try transaction.updateResource(resource)
            }
            bench.expect(
                try await bench.read { try $0.latestResource(requestDigest: bytes(1))?.state }, is: .deleted,
                "its state")
        },
        StorePromise("those that run are found, oldest first, also after a start") { bench in
            try await bench.write { transaction in
                for number in [7, 3, 5, 1, 4] { try transaction.insertResource(.numbered(number, digest: number)) }
                for (number, state) in [(3, ResourceRecord.State.released), (1, .failed), (4, .deleted)] {
                    var resource = ResourceRecord.numbered(number, digest: number)
                    resource.state = state
                    try transaction.updateResource(resource)
                }
            }
            let wanted = [7, 5].map { ResourceID($0) }
            bench.expect(try await bench.read { try $0.runningResources().map(\.id) }, is: wanted, "which")
            try await bench.reopen()
            bench.expect(try await bench.read { try $0.runningResources().map(\.id) }, is: wanted, "after a new start")
            bench.expect(
                try await bench.read { try $0.runningResources().first }, is: .numbered(7, digest: 7), "the oldest")
        },
    ]
}
