import Aggregator
import PopulusDAP
import Testing

/// Batch buckets, what is collected, and batches that the Leader selects.
extension StorePromise {
    static let batchBuckets = [
        StorePromise("a bucket comes back as it was put, and buckets are in order") { bench in
            var bucket = BatchBucket.at(5)
            bucket.times = nil
            try await bench.write { [bucket] transaction in
                for time in [300, 4, 6] as [UInt64] { try transaction.putBucket(.at(time, count: time)) }
                try transaction.putBucket(bucket)
            }
            bench.expect(try await bench.read { try $0.bucket(BatchBucketKey(5)) }, is: bucket, "a new one")
            (bucket.parameter, bucket.share, bucket.count) = ([1], [2, 3], 1 << 40)
            (bucket.checksum, bucket.times) = (BatchChecksum(of: [ReportID(9)]), 5...5)
            let last = BatchBucket.at(7)
            try await bench.write { [bucket] transaction in
                try transaction.putBucket(bucket)
                try transaction.putBucket(last)
            }
            try await bench.read { [bucket] transaction in
                var found: [BatchBucket] = []
                try transaction.forEachBucket(.times(5...300)) { found.append($0) }
                bench.expect(found, is: [bucket, .at(6, count: 6), last, .at(300, count: 300)], "a range of them")
                bench.expect(try transaction.bucket(BatchBucketKey(8)), is: nil, "one that is not there")
                bench.expect(try transaction.countCommitted(.times(6...300)), is: 307, "their reports")
                bench.expect(try transaction.countCommitted(.times(8...9)), is: 0, "those of none")
                bench.expect(
                    try transaction.hasBucket(.times(6...9), parameterOtherThan: [9]), is: false, "one parameter")
                bench.expect(try transaction.hasBucket(.times(5...9), parameterOtherThan: [9]), is: true, "two of them")
            }
        },
        StorePromise("buckets are collected once, for good, also empty ones") { bench in
            try await bench.write { transaction in
                for time in [2, 4, 6, 8] as [UInt64] { try transaction.putBucket(.at(time, count: time)) }
                try transaction.markCollected(.times(4...6))
                try transaction.markCollected(.times(10...10))
            }
            for range in [4...6, 5...5, 0...4, 6...9, 0...20, 10...10] as [ClosedRange<UInt64>] {
                bench.expect(try await bench.read { try $0.isCollected(.times(range)) }, is: true, "\(range)")
                try await bench.expectFailure("\(range) once more") { try $0.markCollected(.times(range)) }
            }
            for range in [0...3, 7...9, 11...20] as [ClosedRange<UInt64>] {
                bench.expect(try await bench.read { try $0.isCollected(.times(range)) }, is: false, "\(range)")
            }
            let left = try await bench.read { try $0.countUncollected() }
            bench.expect(left.count == 10 && left.oldest == 2, "what is not collected: \(left)")
            try await bench.write { try $0.markCollected(.times(7...9)) }
        },
        StorePromise("the shares of buckets are erased, and nothing else of them") { bench in
            try await bench.write { transaction in
                for time in 1...5 as ClosedRange<UInt64> { try transaction.putBucket(.at(time)) }
                try transaction.eraseShares(.times(2...4))
            }
            try await bench.read { transaction in
                for time in 1...5 as ClosedRange<UInt64> {
                    var wanted = BatchBucket.at(time)
                    if (2...4).contains(time) { wanted.share = [] }
                    bench.expect(try transaction.bucket(wanted.key), is: wanted, "time \(time)")
                }
            }
        },
        StorePromise("batches that the Leader selected are there, and open ones in order") { bench in
            try await bench.write { transaction in
                for number in [5, 2, 8] {
                    try transaction.insertSelectedBatch(SelectedBatchRecord(id: BatchID(number), parameter: [1]))
                }
            }
            try await bench.expectFailure("a second one of its ID") {
                try $0.insertSelectedBatch(SelectedBatchRecord(id: BatchID(2), parameter: [3]))
            }
            let closed = SelectedBatchRecord(id: BatchID(2), parameter: [4], isOpen: false, isClaimed: true)
            let claimed = SelectedBatchRecord(id: BatchID(8), parameter: [1], isClaimed: true)
            try await bench.write { transaction in
                try transaction.updateSelectedBatch(closed)
                try transaction.updateSelectedBatch(claimed)
            }
            try await bench.read { transaction in
                bench.expect(try transaction.selectedBatch(BatchID(2)), is: closed, "a closed one")
                bench.expect(try transaction.selectedBatch(BatchID(3)), is: nil, "one that is not there")
                bench.expect(
                    try transaction.openSelectedBatches(),
                    is: [SelectedBatchRecord(id: BatchID(5), parameter: [1]), claimed], "open ones")
            }
        },
        StorePromise("a batch that the Leader selected has one bucket, which may be collected") { bench in
            let (one, other) = (BatchBucketKey(BatchID(1)), BatchBucketKey(BatchID(2)))
            try await bench.write { transaction in
                for key in [one, other] {
                    try transaction.putBucket(BatchBucket(key: key, parameter: [9], share: [1], count: 3, times: 4...5))
                }
                try transaction.markCollected(one...one)
            }
            try await bench.read { transaction in
                bench.expect(try transaction.isCollected(one...one), is: true, "the one")
                bench.expect(try transaction.isCollected(other...other), is: false, "the other")
                let left = try transaction.countUncollected()
                bench.expect(left.count == 3 && left.oldest == 4, "what is not collected: \(left)")
            }
        },
    ]
}
