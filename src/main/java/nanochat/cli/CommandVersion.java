package nanochat.cli;

import nanochat.io.Version;
import picocli.CommandLine.IVersionProvider;

/// What `--version` prints.
public final class CommandVersion implements IVersionProvider {
    @Override
    public String[] getVersion() {
        return new String[]{
            "nanochat4j " + Version.current(),
            "Java " + Runtime.version() + ", " + System.getProperty("os.name") + " " + System.getProperty("os.arch")};
    }
}
