# A client that speaks the protocol on the bare socket and keeps every byte it
# is sent: for tests that compare answers on the wire.  Trust authentication,
# Unix-domain sockets.
package RawClient;

use strict;
use warnings;

use IO::Socket::UNIX;

sub connect
{
	my ($class, $node, $database) = @_;
	my $path = $node->host . '/.s.PGSQL.' . $node->port;
	my $socket = IO::Socket::UNIX->new(Peer => $path) or die "$path: $!";
	my $self = bless { socket => $socket }, $class;
	my $user = getpwuid($<);
	my $body = pack('N', 196608) . "user\0$user\0database\0$database\0application_name\0raw\0\0";

	$self->send(pack('N', length($body) + 4) . $body);
	my $bytes = $self->read_until_ready;
	die "start-up failed" if has_message($bytes, 'E');
	return $self;
}

sub send
{
	my ($self, $bytes) = @_;
	my $socket = $self->{socket};

	while (length $bytes)
	{
		my $written = syswrite($socket, $bytes) or die "write: $!";
		substr($bytes, 0, $written, '');
	}
	return;
}

sub message
{
	my ($type, $body) = @_;
	return $type . pack('N', length($body) + 4) . $body;
}

# Reads up to and including ReadyForQuery; returns all bytes.
sub read_until_ready
{
	my ($self) = @_;
	my $bytes = '';
	my $position = 0;

	while (1)
	{
		while (length($bytes) - $position >= 5)
		{
			my $end = $position + 1 + unpack('N', substr($bytes, $position + 1, 4));
			last if length($bytes) < $end;
			return $bytes if substr($bytes, $position, 1) eq 'Z';
			$position = $end;
		}
		sysread($self->{socket}, $bytes, 1 << 20, length $bytes) or die "connection lost";
	}
}

# The types of all messages, in order.
sub messages
{
	my ($bytes) = @_;
	my @types;

	for (my $position = 0; $position < length $bytes;)
	{
		push @types, substr($bytes, $position, 1);
		$position += 1 + unpack('N', substr($bytes, $position + 1, 4));
	}
	return @types;
}

sub has_message
{
	my ($bytes, $type) = @_;
	return scalar grep { $_ eq $type } messages($bytes);
}

sub simple
{
	my ($self, $query) = @_;

	$self->send(message('Q', "$query\0"));
	return $self->read_until_ready;
}

# formats: one for all columns, or one for each; rows: 0 for all, else so many
# for each Execute until the portal is at its end.
sub extended
{
	my ($self, $query, $formats, $rows) = @_;
	$rows //= 0;

	$self->send(message('P', "\0$query\0" . pack('n', 0))
		  . message('B', "\0\0" . pack('nn', 0, 0) . pack('n', scalar @$formats) . pack('n*', @$formats))
		  . message('D', "P\0")
		  . message('E', "\0" . pack('N', $rows)) x ($rows ? 100 : 1)
		  . message('S', ''));
	return $self->read_until_ready;
}

sub close
{
	my ($self) = @_;
	close($self->{socket});
	return;
}

1;
