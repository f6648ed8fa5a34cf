package nanochat.task;

import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.stream.Collectors;
import nanochat.io.BadInputException;

/// Finds a reward of the user's own in jars or folders of classes.
public final class RewardJars {
    private RewardJars() {
    }

    /// The reward that these name as a service.
    ///
    /// @param classPath jars and folders
    /// @param name of its class, with its package or without; may be left out where there is one only
    /// @throws BadInputException when one of them is missing, or there is no such reward, or it cannot be made
    public static Reward find(List<Path> classPath, Optional<String> name) {
        String places = classPath.stream().map(Path::toString).collect(Collectors.joining(", "));
        URLClassLoader loader = new URLClassLoader(classPath.stream().map(RewardJars::url).toArray(URL[]::new), Reward.class
                .getClassLoader());
        List<Reward> found = new ArrayList<>();
        try {
            ServiceLoader.load(Reward.class, loader).forEach(found::add);
        } catch (ServiceConfigurationError | LinkageError e) {
            throw new BadInputException("The reward in " + places + " cannot be used: " + e.getMessage(), e);
        }
        if (found.isEmpty()) {
            throw new BadInputException("There is no reward in " + places + ": a file META-INF/services/" + Reward.class.getName()
                    + " has to name a class that implements it");
        }
        List<Reward> meant = found.stream().filter(reward -> name.isEmpty() || isCalled(reward, name.get())).toList();
        if (meant.size() != 1) {
            throw new BadInputException((meant.isEmpty() ? "There is no reward " + name.orElse("") : "There are several rewards") + " in "
                    + places + "; say which one: " + found.stream().map(reward -> reward.getClass().getName()).collect(Collectors.joining(
                            ", ")));
        }
        return new Guarded(meant.getFirst());
    }

    private static boolean isCalled(Reward reward, String name) {
        return reward.getClass().getName().equals(name) || reward.getClass().getSimpleName().equals(name);
    }

    private static URL url(Path path) {
        if (!Files.exists(path)) {
            throw new BadInputException("There is no jar " + path);
        }
        try {
            return path.toUri().toURL();
        } catch (MalformedURLException e) {
            throw new BadInputException("Cannot read " + path + ": " + e.getMessage(), e);
        }
    }

    /// A user's reward, whose failures are the user's to mend.
    private record Guarded(Reward reward) implements Reward {
        @Override
        public double of(Attempt attempt) {
            double value;
            try {
                value = reward.of(attempt);
            } catch (RuntimeException | LinkageError e) {
                throw new BadInputException("The reward " + name() + " failed with " + e + " on " + attempt.inWords(), e);
            }
            if (!Double.isFinite(value)) {
                throw new BadInputException("The reward " + name() + " gave " + value + ", which is not a finite number, for " + attempt
                        .inWords());
            }
            return value;
        }

        @Override
        public String name() {
            return reward.name();
        }

        @Override
        public void close() {
            reward.close();
        }
    }
}
