package nanochat.cli;

import java.nio.file.Path;
import java.util.Optional;
import nanochat.eval.CoreBundle;
import nanochat.io.BaseDirectory;
import picocli.CommandLine.Option;

/// The option that names the tasks of the CORE evaluation, the same for every command that measures it.
final class CoreBundleOption {
    @Option(names = "--core-bundle", paramLabel = "DIR", description = "The tasks of the CORE evaluation; by default what 'data download --dataset core' fetched.")
    private Optional<Path> folder = Optional.empty();

    Path folder() {
        return folder.orElseGet(() -> BaseDirectory.fromEnvironment().evalBundle());
    }

    CoreBundle bundle() {
        return CoreBundle.open(folder());
    }

    /// Nothing where none was named and none was fetched.
    Optional<CoreBundle> bundleIfAny() {
        return folder.isPresent() || CoreBundle.isIn(folder()) ? Optional.of(bundle()) : Optional.empty();
    }
}
