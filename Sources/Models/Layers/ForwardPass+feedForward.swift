import Collectives
import Tensors

extension ForwardPass {
    /// The second half of a layer: gathers 3 and 4, and with a shared expert one more before them.
    func feedForward(
        _ x: FloatView, _ half: FeedForward, index: Int
    ) throws(CollectiveError) -> FloatView {
        switch half {
        case .dense(let mlp):
            let activated = try activate(
                x, mlp, rows: shard.feedForwardRows, shape: gathers.feedForward, index: index)
            return try project(
                activated, mlp.down, rows: shard.downRows, shape: gathers.feedForwardProjection,
                index: index, at: .feedForwardProjection)
        case .sparse(let layer):
            assign(x, layer)
            if let shared = layer.shared { try share(x, shared.expert, shared.router, index: index) }
            let activated = try activateExperts(layer, index: index)
            return try mix(activated, layer, rowCount: x.rowCount, index: index)
        }
    }

    /// An MLP's first half with its function, gathered. Each thread applies the function to what it has computed.
    private func activate(
        _ x: FloatView, _ mlp: MLPLayer, rows: Range<Int>, shape: GatherShape, index: Int
    ) throws(CollectiveError) -> FloatView {
        let gate = mlp.gate.map { gate in
            LinearPart(
                layer: gate, rows: rows,
                output: buffers.gate.view.rows(0..<x.rowCount).columns(0..<rows.count))
        }
        return try gathers.gather(shape, rowCount: x.rowCount, layer: index, at: .feedForward) { own in
            let up = LinearPart(layer: mlp.up, rows: rows, output: own)
            let input = work.input(x, of: mlp.up.matrix)
            work.blocks(tileCount: up.tileCount, rowCount: x.rowCount) { tiles, rows in
                activate(input, up, gate, tiles: tiles, rows: rows)
            }
        }
    }

    private func activate(
        _ x: LinearInput, _ up: LinearPart, _ gate: LinearPart?, tiles: Range<Int>, rows: Range<Int>
    ) {
        work.compute(x, up, tiles: tiles, rows: rows)
        if let gate { work.compute(x, gate, tiles: tiles, rows: rows) }
        let columns = up.columns(of: up.outputs(ofTiles: tiles))
        let output = up.output.columns(columns).rows(rows)
        if let gate {
            kernels.apply(
                model.activation, toGate: gate.output.columns(columns).rows(rows).readOnly,
                times: output.readOnly,
                into: output)
        } else {
            kernels.apply(model.activation, to: output.readOnly, into: output)
        }
    }

    // MARK: Experts

    /// Chooses experts for every row, the same on every rank, and copies the rows beside each other that go to one.
    private func assign(_ x: FloatView, _ layer: SparseLayer) {
        let count = layer.router.matrix.outputCount
        let logits = buffers.routerLogits.view.rows(0..<x.rowCount)
        work.linear(x, LinearPart(layer: layer.router, rows: 0..<count, output: logits))
        assignments?.choose(logits.readOnly, kernels: kernels)
        guard let assignments else { preconditionFailure("a sparse layer in a model without experts") }
        let input = buffers.expertInput.view
        work.ranges(assignments.count) { places in
            for place in places { input.row(place).copy(from: x.row(assignments.rows[place])) }
        }
    }

    /// The shared expert's output for this rank's columns, and how much of it each row takes.
    private func share(
        _ x: FloatView, _ expert: MLPLayer, _ router: LinearLayer, index: Int
    ) throws(CollectiveError) {
        let activated = try activate(
            x, expert, rows: shard.sharedExpertRows, shape: gathers.sharedExpertFeedForward, index: index)
        let output = buffers.sharedOutput.view.rows(0..<x.rowCount)
        work.linear(activated, LinearPart(layer: expert.down, rows: shard.downRows, output: output))
        let weight = buffers.sharedWeight.view.rows(0..<x.rowCount)
        work.linear(x, LinearPart(layer: router, rows: 0..<1, output: weight))
        kernels.sigmoid(weight.readOnly, into: weight)
    }

    /// The first half of every expert that a row goes to, gathered: a row for each assignment.
    private func activateExperts(
        _ layer: SparseLayer, index: Int
    ) throws(CollectiveError) -> FloatView {
        guard let assignments else { preconditionFailure("a sparse layer in a model without experts") }
        let groups = assignments.groups
        let input = work.input(
            buffers.expertInput.view.rows(0..<assignments.count).readOnly, of: layer.experts[0].up.matrix)
        let gates = buffers.expertGate.view
        let outputs = shard.expertRows
        return try gathers.gather(
            gathers.expertFeedForward, rowCount: assignments.count, layer: index, at: .feedForward
        ) { own in
            work.blocks(
                ofParts: groups.count, tileCount: LinearPart.tileCount(of: outputs),
                rowCount: { groups[$0].places.count }
            ) { group, tiles, rows in
                let places = groups[group].places
                let expert = layer.experts[groups[group].expert]
                activate(
                    input.rows(places),
                    LinearPart(layer: expert.up, rows: outputs, output: own.rows(places)),
                    expert.gate.map { LinearPart(layer: $0, rows: outputs, output: gates.rows(places)) },
                    tiles: tiles, rows: rows)
            }
        }
    }

    /// The second half of the experts and their sum by weights (numerics.md rule 15), gather 4. The shared expert is
    /// the last link of the chain.
    private func mix(
        _ activated: FloatView, _ layer: SparseLayer, rowCount: Int, index: Int
    ) throws(CollectiveError) -> FloatView {
        guard let assignments else { preconditionFailure("a sparse layer in a model without experts") }
        let groups = assignments.groups
        let output = buffers.expertOutput.view
        let outputs = shard.downRows
        return try gathers.gather(
            gathers.feedForwardProjection, rowCount: rowCount, layer: index, at: .feedForwardProjection
        ) { own in
            let input = work.input(activated, of: layer.experts[0].down.matrix)
            work.blocks(
                ofParts: groups.count, tileCount: LinearPart.tileCount(of: outputs),
                rowCount: { groups[$0].places.count }
            ) { group, tiles, rows in
                let places = groups[group].places
                let down = LinearPart(
                    layer: layer.experts[groups[group].expert].down, rows: outputs,
                    output: output.rows(places))
                work.compute(input.rows(places), down, tiles: tiles, rows: rows)
            }
            work.ranges(rowCount) { rows in
                for row in rows {
                    add(assignments, row: row, isShared: layer.shared != nil, to: own.row(row))
                }
            }
        }
    }

    private func add(
        _ assignments: ExpertAssignments, row: Int, isShared: Bool, to sum: MutableFloatView
    ) {
        sum.clear()
        for choice in 0..<assignments.chosenCount {
            let (place, weight) = assignments.choice(choice, ofRow: row)
            kernels.add(buffers.expertOutput.view.row(place).readOnly, times: weight, to: sum)
        }
        guard isShared else { return }
        kernels.add(
            buffers.sharedOutput.view.row(row).readOnly, times: buffers.sharedWeight.view[row, 0], to: sum)
    }
}
