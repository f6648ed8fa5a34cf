package nanochat.data.download;

import java.net.URI;
import java.nio.file.Path;

/// A file to fetch.
///
/// @param address where it is
/// @param target where it goes
/// @param content what it must be
record RemoteFile(URI address, Path target, ContentCheck content) {}
