import CKernels

/// The kernels of one instruction set, chosen once at the start of a worker.
///
/// One method per kernel (in KernelCalls/): it checks every shape and stride, then calls. Two values of
/// different instruction sets give the same bits for the same arguments.
@safe package struct Kernels {
    package let instructionSet: InstructionSet
    let table: UnsafePointer<sk_kernels>

    /// Takes the kernels of a set, or says why they cannot be had.
    package init(_ instructionSet: InstructionSet) throws(InstructionSetError) {
        guard let table = unsafe sk_kernels_for(instructionSet.identifier) else {
            throw .unavailable(instructionSet)
        }
        self.instructionSet = instructionSet
        unsafe self.table = unsafe table
    }
}
