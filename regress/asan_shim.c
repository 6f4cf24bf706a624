/*
 * asan_shim.c
 *	  Starts AddressSanitizer before every other library's constructor.
 *
 * A library that PostgreSQL loads calls gettext in a constructor, inside a lock
 * that starting AddressSanitizer wants, too: preloaded alone it hangs.  This is
 * linked with -z initfirst (regress/sanitized_server.sh).
 */
extern void __asan_init(void);

__attribute__((constructor)) static void
start_sanitizer(void)
{
	__asan_init();
}
