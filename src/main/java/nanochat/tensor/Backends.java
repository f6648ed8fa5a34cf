package nanochat.tensor;

import nanochat.tensor.cpu.CpuBackend;
import nanochat.tensor.reference.ReferenceBackend;

/// Opens backends: the one place that knows which there are. What it returns checks the shapes of everything it is given.
public final class Backends {
    private Backends() {
    }

    /// A backend on this device.
    ///
    /// @param threads how many threads compute, the calling one included; the reference has one, whatever is asked for
    /// @param products BF16 or F32: what large matrix products read where the backend has the choice (Muon's); the reference rounds nothing
    /// @throws nanochat.io.BadInputException when the machine cannot do what the device needs
    public static Backend open(Device device, int threads, DType products) {
        return new CheckedBackend(switch (device) {
            case REFERENCE -> new ReferenceBackend();
            case CPU -> new CpuBackend(threads, products);
        });
    }
}
