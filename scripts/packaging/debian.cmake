# What Debian asks of a package beyond what `cmake --install` puts there; CPack runs it on the staged files.
set(root ${CPACK_TEMPORARY_INSTALL_DIRECTORY}${CPACK_PACKAGING_INSTALL_PREFIX})
set(documents ${root}/share/doc/mfals)

file(RENAME ${documents}/LICENSE ${documents}/copyright)
file(APPEND ${documents}/copyright "\nThe sample of ratings, ${CPACK_PACKAGING_INSTALL_PREFIX}/share/mfals/online_retail.tsv.gz, "
    "is under CC BY 4.0; see data/README.md.\n")

string(TIMESTAMP now "%a, %d %b %Y %H:%M:%S +0000" UTC) # of SOURCE_DATE_EPOCH, where that is set
file(WRITE ${documents}/changelog "mfals (${CPACK_PACKAGE_VERSION}) unstable; urgency=medium\n\n"
    "  * Version ${CPACK_PACKAGE_VERSION}; the commits of the sources say what is new.\n\n -- ${CPACK_PACKAGE_CONTACT}  ${now}\n")
file(GLOB pages ${root}/share/man/man1/*.1)
execute_process(COMMAND gzip -9nf ${documents}/changelog ${pages} COMMAND_ERROR_IS_FATAL ANY)
